with

measure_states as (
    select * from {{ ref('int_scenarios__measure_states') }}
),

acts as (
    select * from {{ ref('int_law__acts') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

relations as (
    select * from {{ ref('int_law__relations') }}
),

{{ rival_acts('relations') }},

final as (
    select
        measure_states.scenario_id,
        measure_states.scenario_origin as data_origin,
        measure_states.measure_id,
        measure_states.clause_id,
        measure_states.destination,
        measure_states.user_type,
        measure_states.claim_group,
        measure_states.valid_from,
        measure_states.valid_to,
        measure_states.known_from,
        measure_states.known_to,
        measure_states.state,
        measure_states.certainty,
        measure_states.is_disputed,
        measure_states.state_if_early,
        measure_states.state_if_late,
{{ measure_state_texts() }}
        measure_states.is_known_on_assumed,
        measure_states.is_assumed,
    from measure_states
{{ measure_state_text_joins() }}
)

select * from final
order by
    scenario_id,
    measure_id,
    clause_id,
    destination,
    user_type,
    claim_group,
    known_from,
    valid_from
