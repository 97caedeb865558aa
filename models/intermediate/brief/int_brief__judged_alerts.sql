with

alerts as (
    select * from {{ ref('int_brief__alerts') }}
),

events as (
    select * from {{ ref('int_brief__events') }}
),

rules as (
    select * from {{ ref('stg_reference__brief_rules') }}
),

replay as (
    select * from {{ ref('int_brief__replay') }}
),

-- An act that was told after its day of effect named no event.
final as (
    select
        alerts.rule_id,
        alerts.fact_id,
        events.event_date - alerts.told_on as lead_days,
        case
            when not alerts.is_judged then null
            when rules.rule_id = 'new_act' and events.event_date < alerts.told_on then null
            when events.event_id is not null then events.has_come_true
            when rules.is_refuted_by_silence and alerts.event_date <= replay.ends_on then false
        end as is_hit,
    from alerts
    inner join rules
        on alerts.rule_id = rules.rule_id
    cross join replay
    left join events
        on
            alerts.rule_id = events.rule_id
            and alerts.event_id = events.event_id
)

select * from final
