with

facts as (
    select * from {{ ref('fct_brief_facts') }}
),

measure_states as (
    select * from {{ ref('fct_measure_states') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

flow_continuity as (
    select * from {{ ref('fct_flow_continuity') }}
),

deliveries as (
    select * from {{ ref('meta_deliveries') }}
),

-- Each rule, what counts as a hit, and what it should have told.
rules as (
    select
        'new_act' as rule_id,
        'new_act' as line_kind,
        cast(null as integer) as days_before,
        'the act names a day of effect on or after the brief and was in force on that day'
            as hit_definition,
        'acts in force on their day of effect; found: told on or before it' as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'state_change' as rule_id,
        'state_change' as line_kind,
        cast(null as integer) as days_before,
        'the change is still held to have happened on that day at the end of the history'
            as hit_definition,
        'changes of state as known at the end; found: told within 7 days after them'
            as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'expiry_90' as rule_id,
        'expiry' as line_kind,
        90 as days_before,
        'the state ended on the day named' as hit_definition,
        'ends of suspensions, exemptions and terms; found: told by this rule 7 days before'
            as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'expiry_30' as rule_id,
        'expiry' as line_kind,
        30 as days_before,
        'the state ended on the day named' as hit_definition,
        'ends of suspensions, exemptions and terms; found: told by this rule 7 days before'
            as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'expiry_7' as rule_id,
        'expiry' as line_kind,
        7 as days_before,
        'the state ended on the day named' as hit_definition,
        'ends of suspensions, exemptions and terms; found: told by this rule a day before'
            as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'expiry_any' as rule_id,
        'expiry' as line_kind,
        cast(null as integer) as days_before,
        'the state ended on the day named by the first warning' as hit_definition,
        'ends of suspensions, exemptions and terms; found: told by any warning 7 days before'
            as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'expiry_end' as rule_id,
        'expiry' as line_kind,
        0 as days_before,
        'the end is still held to have happened on that day at the end of the history'
            as hit_definition,
        'lapses as known at the end; found: told within 7 days after them' as event_definition,
        cast(null as varchar) as missing_reason,
    union all
    select
        'claim' as rule_id,
        'claim' as line_kind,
        cast(null as integer) as days_before,
        'none' as hit_definition,
        'none' as event_definition,
        'A claim is a statement; no event follows that could prove or refute it.'
            as missing_reason,
    union all
    select
        'stale_source' as rule_id,
        'stale_source' as line_kind,
        cast(null as integer) as days_before,
        'none' as hit_definition,
        'none' as event_definition,
        'Arrivals of the bundled copy are assumed and never late, see decisions/0009.'
            as missing_reason,
    union all
    select
        'stale_law' as rule_id,
        'stale_law' as line_kind,
        cast(null as integer) as days_before,
        'none' as hit_definition,
        'none' as event_definition,
        'Readings before the first copy were not recorded.' as missing_reason,
    union all
    select
        'flow_surprise' as rule_id,
        'flow_surprise' as line_kind,
        cast(null as integer) as days_before,
        'the next month, once known, lies off the same way' as hit_definition,
        'none' as event_definition,
        'Recall: every known month is read, so that none can be missed.' as missing_reason,
    union all
    select
        'commitment_verdict' as rule_id,
        'commitment_verdict' as line_kind,
        cast(null as integer) as days_before,
        'kept, partly or not kept is still the verdict at the end' as hit_definition,
        'none' as event_definition,
        'Recall: a verdict is no event that could be missed.' as missing_reason,
    union all
    select
        'licence_time_shift' as rule_id,
        'licence_time_shift' as line_kind,
        cast(null as integer) as days_before,
        'none' as hit_definition,
        'none' as event_definition,
        'Bundled cases are a synthetic sample: what comes of them is no finding.'
            as missing_reason,
),

history as (
    select
        min(facts.known_from) as begins_on,
        (
            select max(deliveries.known_on)
            from deliveries
            -- What becomes known of an own graph is no news for the brief.
            where not starts_with(deliveries.period, 'own-')
        ) as ends_on,
    from facts
    where facts.line_kind = 'new_act'
),

-- The first one ends the first week in which anything was known.
mondays as (
    select
        cast(unnest(
            generate_series(
                date_trunc('week', history.begins_on) + interval 7 day,
                history.ends_on,
                interval 7 day
            )
        ) as date) as monday,
    from history
),

-- Every brief of every Monday, each asked with the knowledge of its day alone.
told as (
    select
        facts.fact_id,
        min(mondays.monday) as told_on,
    from mondays
    inner join facts
        on {{ brief_is_raised('facts', 'mondays.monday', 'mondays.monday') }}
    group by facts.fact_id
),

-- A change by measure, reading, day and the state that ends: what follows may differ.
named_facts as (
    select distinct
        fact_id,
        line_kind,
        days_before,
        subject_id,
        data_origin,
        array_to_string(list_slice(string_split(subject_id, '|'), 1, 4), '|') as end_id,
        event_date,
        string_split(subject_id, '|')[4] as state_before,
    from facts
),

-- What is held to have happened at the end of the history.
known_at_end as (
    select distinct facts.fact_id
    from facts
    cross join history
    where
        facts.known_from <= history.ends_on
        and (facts.known_to is null or history.ends_on < facts.known_to)
),

happened as (
    select
        named_facts.*,
        named_facts.line_kind = 'expiry'
        or named_facts.state_before in ('suspended', 'suspended_before_effect', 'exempted')
            as is_end_of_term,
    from named_facts
    semi join known_at_end
        on named_facts.fact_id = known_at_end.fact_id
    cross join history
    where
        (named_facts.line_kind = 'state_change' or named_facts.days_before = 0)
        and named_facts.event_date <= history.ends_on
),

changed as (
    select distinct subject_id
    from happened
),

ended as (
    select
        end_id,
        any_value(event_date) as event_date,
        bool_or(is_end_of_term) as is_end_of_term,
    from happened
    group by end_id
),

-- Days of effect as known at the end, and whether the act was in force on them.
effects as (
    select
        act_id,
        min(effective_late) as effective_on,
    from clauses
    where is_measure
    group by act_id
),

effects_seen as (
    select
        effects.act_id,
        effects.effective_on,
        count(measure_states.measure_id) > 0 as was_in_force,
    from effects
    cross join history
    left join measure_states
        on
            effects.act_id = measure_states.measure_id
            and measure_states.claim_group = 'base'
            and measure_states.state in ('in_force', 'exempted')
            and effects.effective_on >= measure_states.valid_from
            and effects.effective_on < coalesce(measure_states.valid_to, date '9999-12-31')
            and history.ends_on >= measure_states.known_from
            and history.ends_on < coalesce(measure_states.known_to, date '9999-12-31')
    where effects.effective_on <= history.ends_on
    group by effects.act_id, effects.effective_on
),

alerts as (
    select
        named_facts.*,
        told.told_on,
        case
            when named_facts.days_before = 0 then 'expiry_end'
            when named_facts.line_kind = 'expiry' then 'expiry_' || named_facts.days_before
            else named_facts.line_kind
        end as rule_id,
    from told
    inner join named_facts
        on told.fact_id = named_facts.fact_id
),

warnings as (
    select
        end_id,
        any_value(event_date) as event_date,
        min(told_on) as told_on,
    from alerts
    where line_kind = 'expiry' and days_before > 0
    group by end_id
),

-- The month after, where it is known and can be judged.
next_months as (
    select
        concat_ws(
            '|',
            flow_continuity.source_id,
            flow_continuity.reporter_code,
            flow_continuity.flow,
            flow_continuity.partner_code,
            flow_continuity.nomenclature,
            flow_continuity.product_code
        ) as flow_id,
        {{ last_day_of('flow_continuity.period') }} as period_end,
        {{ first_day('flow_continuity.period') }} - 1 as month_before_end,
        bool_or(flow_continuity.reading = 'above') as is_above,
        bool_or(flow_continuity.reading in ('below', 'stopped', 'no_trade')) as is_below,
    from flow_continuity
    cross join history
    where
        flow_continuity.reading not in ('missing', 'not_measurable')
        and flow_continuity.known_from <= history.ends_on
    group by all
),

-- One row per alert: a hit, a false alarm, or open.
judged as (
    select
        alerts.rule_id,
        alerts.event_date - alerts.told_on as lead_days,
        case when alerts.event_date <= history.ends_on then ended.end_id is not null end as is_hit,
    from alerts
    cross join history
    left join ended
        on alerts.end_id = ended.end_id
    where alerts.line_kind = 'expiry' and alerts.days_before > 0
    union all
    select
        'expiry_any' as rule_id,
        warnings.event_date - warnings.told_on as lead_days,
        case when warnings.event_date <= history.ends_on then ended.end_id is not null end
            as is_hit,
    from warnings
    cross join history
    left join ended
        on warnings.end_id = ended.end_id
    union all
    select
        alerts.rule_id,
        alerts.event_date - alerts.told_on as lead_days,
        changed.subject_id is not null as is_hit,
    from alerts
    left join changed
        on alerts.subject_id = changed.subject_id
    where alerts.line_kind = 'state_change' or alerts.days_before = 0
    union all
    select
        alerts.rule_id,
        effects_seen.effective_on - alerts.told_on as lead_days,
        case when effects_seen.effective_on >= alerts.told_on then effects_seen.was_in_force end
            as is_hit,
    from alerts
    left join effects_seen
        on alerts.subject_id = effects_seen.act_id
    where alerts.line_kind = 'new_act'
    union all
    select
        alerts.rule_id,
        null as lead_days,
        null as is_hit,
    from alerts
    where alerts.line_kind in ('claim', 'stale_source', 'stale_law', 'licence_time_shift')
    union all
    select
        alerts.rule_id,
        next_months.period_end - alerts.told_on as lead_days,
        case
            when alerts.data_origin = 'synthetic' then null
            when split_part(alerts.subject_id, '|', 7) = 'above' then next_months.is_above
            else next_months.is_below
        end as is_hit,
    from alerts
    left join next_months
        on
            array_to_string(list_slice(string_split(alerts.subject_id, '|'), 1, 6), '|')
            = next_months.flow_id
            and alerts.event_date = next_months.month_before_end
    where alerts.line_kind = 'flow_surprise'
    union all
    select
        alerts.rule_id,
        null as lead_days,
        case
            when
                alerts.data_origin <> 'synthetic'
                and split_part(alerts.subject_id, '|', 2) <> 'not_measurable'
                then known_at_end.fact_id is not null
        end as is_hit,
    from alerts
    left join known_at_end
        on alerts.fact_id = known_at_end.fact_id
    where alerts.line_kind = 'commitment_verdict'
),

first_week as (
    select min(monday) - 6 as begins_on
    from mondays
),

-- One row per event that a rule should have told.
expected as (
    select
        rules.rule_id,
        coalesce(
            bool_or(
                ended.event_date - alerts.told_on >= case rules.days_before when 7 then 1 else 7 end
            ),
            false
        ) as is_found,
    from ended
    cross join rules
    left join alerts
        on
            ended.end_id = alerts.end_id
            and alerts.line_kind = 'expiry'
            and alerts.days_before > 0
            and coalesce(rules.days_before, alerts.days_before) = alerts.days_before
    where
        ended.is_end_of_term
        and ended.event_date >= (select first_week.begins_on from first_week)
        and rules.line_kind = 'expiry'
        and rules.rule_id <> 'expiry_end'
    group by rules.rule_id, ended.end_id
    union all
    select
        case when happened.days_before = 0 then 'expiry_end' else 'state_change' end as rule_id,
        coalesce(told.told_on - happened.event_date <= 7, false) as is_found,
    from happened
    left join told
        on happened.fact_id = told.fact_id
    where happened.event_date >= (select first_week.begins_on from first_week)
    union all
    select
        'new_act' as rule_id,
        coalesce(alerts.told_on <= effects_seen.effective_on, false) as is_found,
    from effects_seen
    left join alerts
        on
            effects_seen.act_id = alerts.subject_id
            and alerts.line_kind = 'new_act'
    where
        effects_seen.was_in_force
        and effects_seen.effective_on >= (select first_week.begins_on from first_week)
),

alert_counts as (
    select
        rule_id,
        count(*) as alert_count,
        count(*) filter (where is_hit) as hit_count,
        count(*) filter (where not is_hit) as false_alarm_count,
        count(*) filter (where is_hit is null) as undetermined_count,
        median(lead_days) filter (where is_hit) as median_lead_days,
    from judged
    group by rule_id
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
        coalesce(alert_counts.hit_count, 0) + coalesce(alert_counts.false_alarm_count, 0)
            as determined_count,
        coalesce(event_counts.event_count, 0) as event_count,
        coalesce(event_counts.found_event_count, 0) as found_event_count,
        alert_counts.median_lead_days,
        (select min(mondays.monday) from mondays) as replayed_from,
        (select max(mondays.monday) from mondays) as replayed_to,
    from rules
    left join alert_counts
        on rules.rule_id = alert_counts.rule_id
    left join event_counts
        on rules.rule_id = event_counts.rule_id
),

final as (
    select
        rule_id,
        line_kind,
        cast(days_before as integer) as days_before,
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
