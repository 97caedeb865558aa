with

facts as (
    select *
    from {{ ref('int_brief__facts') }}
    where
        not {{ is_held_back('source_id') }}
        and data_origin is distinct from 'own'
),

rules as (
    select * from {{ ref('stg_reference__brief_rules') }}
),

replay as (
    select * from {{ ref('int_brief__replay') }}
),

mondays as (
    select cast(unnested.monday_at as date) as monday
    from replay
    cross join
        unnest(generate_series(replay.first_monday, replay.last_monday, interval 7 day))
            as unnested (monday_at)
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

-- A fact with the event that would prove it, as int_brief__events names it.
named_facts as (
    select distinct
        fact_id,
        line_kind,
        days_before,
        case
            when line_kind = 'expiry' and days_before > 0 then end_id
            when line_kind in ('expiry', 'state_change', 'new_act') then subject_id
            when line_kind = 'flow_surprise'
                then concat_ws('|', series_number, direction, last_day(event_date + 1))
            when line_kind = 'commitment_verdict' then fact_id
        end as event_id,
        not(
            line_kind in ('flow_surprise', 'commitment_verdict')
            and (data_origin = 'synthetic' or coalesce(verdict = 'not_measurable', false))
        ) as is_judged,
        event_date,
    from facts
),

alerts as (
    select
        rules.rule_id,
        named_facts.fact_id,
        named_facts.event_id,
        named_facts.is_judged,
        named_facts.event_date,
        told.told_on,
    from told
    inner join named_facts
        on told.fact_id = named_facts.fact_id
    inner join rules
        on
            named_facts.line_kind = rules.line_kind
            and named_facts.days_before is not distinct from rules.days_before
),

-- The three warnings of an end together, by the first of them.
final as (
    select * from alerts
    union all
    select
        'expiry_any' as rule_id,
        event_id as fact_id,
        event_id,
        true as is_judged,
        any_value(event_date) as event_date,
        min(told_on) as told_on,
    from alerts
    where rule_id in ('expiry_90', 'expiry_30', 'expiry_7')
    group by event_id
)

select * from final
