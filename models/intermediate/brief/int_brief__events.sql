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

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

measure_states as (
    select * from {{ ref('int_law__measure_states') }}
),

readings as (
    select *
    from {{ ref('int_continuity__readings') }}
    where not {{ is_held_back('source_id') }}
),

-- What is held to have happened at the end of the history. A verdict is said of no day.
held as (
    select distinct
        case when facts.days_before = 0 then 'expiry_end' else facts.line_kind end as rule_id,
        if(facts.line_kind = 'commitment_verdict', facts.fact_id, facts.subject_id) as event_id,
        facts.end_id,
        facts.is_end_of_term,
        case when facts.line_kind <> 'commitment_verdict' then facts.event_date end as event_date,
    from facts
    cross join replay
    where
        (facts.line_kind in ('state_change', 'commitment_verdict') or facts.days_before = 0)
        and facts.known_from <= replay.ends_on
        and (facts.known_to is null or replay.ends_on < facts.known_to)
        and facts.event_date <= replay.ends_on
),

ends as (
    select
        end_id as event_id,
        any_value(event_date) as event_date,
        bool_or(is_end_of_term) as is_end_of_term,
    from held
    where end_id is not null
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
    cross join replay
    left join measure_states
        on
            effects.act_id = measure_states.measure_id
            and measure_states.claim_group = 'base'
            and measure_states.state in ('in_force', 'exempted')
            and effects.effective_on >= measure_states.valid_from
            and effects.effective_on < coalesce(measure_states.valid_to, date '9999-12-31')
            and replay.ends_on >= measure_states.known_from
            and replay.ends_on < coalesce(measure_states.known_to, date '9999-12-31')
    where effects.effective_on <= replay.ends_on
    group by effects.act_id, effects.effective_on
),

-- Months of a flow that are known and can be judged: whether it lay off this way.
directions as (
    select
        readings.series_number,
        readings.period_end,
        directions.direction,
        bool_or(
            case directions.direction
                when 'above' then readings.reading = 'above'
                else readings.reading in ('below', 'stopped', 'no_trade')
            end
        ) as is_off,
    from readings
    cross join replay
    cross join (values ('above'), ('below')) as directions (direction)
    -- That a month lies within its interval is known, however wide that is.
    where
        readings.reading <> 'missing'
        and (readings.reading <> 'not_measurable' or readings.deviation is not null)
        and readings.known_from <= replay.ends_on
    group by readings.series_number, readings.period_end, directions.direction
),

final as (
    select
        rules.rule_id,
        ends.event_id,
        true as has_come_true,
        ends.is_end_of_term as is_to_be_told,
        ends.event_date,
    from ends
    cross join rules
    where rules.line_kind = 'expiry' and rules.rule_id <> 'expiry_end'
    union all
    select
        rule_id,
        event_id,
        true as has_come_true,
        rule_id <> 'commitment_verdict' as is_to_be_told,
        event_date,
    from held
    union all
    select
        'new_act' as rule_id,
        act_id as event_id,
        was_in_force as has_come_true,
        was_in_force as is_to_be_told,
        effective_on as event_date,
    from effects_seen
    union all
    select
        'flow_surprise' as rule_id,
        concat_ws('|', series_number, direction, period_end) as event_id,
        is_off as has_come_true,
        false as is_to_be_told,
        period_end as event_date,
    from directions
)

select * from final
