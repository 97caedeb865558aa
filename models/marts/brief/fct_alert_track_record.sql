with

rules as (
    select * from {{ ref('stg_reference__brief_rules') }}
),

replay as (
    select * from {{ ref('int_brief__replay') }}
),

alerts as (
    select * from {{ ref('int_brief__alerts') }}
),

judged_alerts as (
    select * from {{ ref('int_brief__judged_alerts') }}
),

events as (
    select * from {{ ref('int_brief__events') }}
),

alert_counts as (
    select
        rule_id,
        count(*) as alert_count,
        count(*) filter (where is_hit) as hit_count,
        count(*) filter (where not is_hit) as false_alarm_count,
        count(*) filter (where is_hit is null) as undetermined_count,
        median(lead_days) filter (where is_hit) as median_lead_days,
    from judged_alerts
    group by rule_id
),

-- One row per event that a rule should have told.
expected as (
    select
        events.rule_id,
        coalesce(bool_or(events.event_date - alerts.told_on >= rules.least_lead_days), false)
            as is_found,
    from events
    inner join rules
        on events.rule_id = rules.rule_id
    cross join replay
    left join alerts
        on
            events.rule_id = alerts.rule_id
            and events.event_id = alerts.event_id
    where events.is_to_be_told and events.event_date >= replay.first_monday - 6
    group by events.rule_id, events.event_id
),

event_counts as (
    select
        rule_id,
        count(*) as event_count,
        count(*) filter (where is_found) as found_event_count,
    from expected
    group by rule_id
),

counted as (
    select
        rules.*,
        coalesce(alert_counts.alert_count, 0) as alert_count,
        coalesce(alert_counts.hit_count, 0) as hit_count,
        coalesce(alert_counts.false_alarm_count, 0) as false_alarm_count,
        coalesce(alert_counts.undetermined_count, 0) as undetermined_count,
        coalesce(alert_counts.hit_count + alert_counts.false_alarm_count, 0) as determined_count,
        coalesce(event_counts.event_count, 0) as event_count,
        coalesce(event_counts.found_event_count, 0) as found_event_count,
        alert_counts.median_lead_days,
        replay.first_monday as replayed_from,
        replay.last_monday as replayed_to,
    from rules
    cross join replay
    left join alert_counts
        on rules.rule_id = alert_counts.rule_id
    left join event_counts
        on rules.rule_id = event_counts.rule_id
),

final as (
    select
        rule_id,
        line_kind,
        days_before,
        hit_definition,
        event_definition,
        case
            when missing_reason is not null then missing_reason
            when determined_count = 0 and event_count = 0
                then 'No alert has come to its day yet, and no event either.'
            when determined_count = 0 then 'No alert has come to its day yet.'
            when event_count = 0 then 'No event in the history.'
        end as missing_reason,
        -- Our own: with 30 cases a share of one half is known to about 17 points.
        case
            when
                determined_count between 1 and 29
                or (missing_reason is null and least(determined_count, event_count) < 30)
                then
                    'Few cases (' || determined_count || ' judged alerts'
                    || case
                        when missing_reason is null then ', ' || event_count || ' events'
                        else ''
                    end
                    || '): read the intervals.'
        end as caution,
        cast(alert_count as bigint) as alert_count,
        cast(hit_count as bigint) as hit_count,
        cast(false_alarm_count as bigint) as false_alarm_count,
        cast(undetermined_count as bigint) as undetermined_count,
        cast(event_count as bigint) as event_count,
        cast(found_event_count as bigint) as found_event_count,
        {{ significant('hit_count / nullif(determined_count, 0)') }} as precision_share,
        {{ significant(wilson_end('hit_count', 'determined_count', -1)) }} as precision_low,
        {{ significant(wilson_end('hit_count', 'determined_count', 1)) }} as precision_high,
        {{ significant('found_event_count / nullif(event_count, 0)') }} as recall_share,
        {{ significant(wilson_end('found_event_count', 'event_count', -1)) }} as recall_low,
        {{ significant(wilson_end('found_event_count', 'event_count', 1)) }} as recall_high,
        cast(median_lead_days as double) as median_lead_days,
        replayed_from,
        replayed_to,
    from counted
)

select * from final
order by rule_id
