{{ config(
    materialized='table_function',
    alias='measure_state',
    parameters=['valid_on', 'known_on', 'scenario := null'],
    contract={'enforced': false}
) }}

with

-- The law as it is; under a scenario the same rows but for what it changes.
measure_states as (
    select law.*
    from {{ ref('fct_measure_states') }} as law
    where {{ asked_scenario() }} = 'base'
    union all by name
    select assumed.* exclude (scenario_id, data_origin, is_assumed)
    from {{ ref('fct_scenario_measure_states') }} as assumed
    where assumed.scenario_id = nullif({{ asked_scenario() }}, 'base')
)

-- Parameters shadow columns of the same name: every column here is named with its relation.
select measure_states.*
from measure_states
where
    measure_states.valid_from <= coalesce(cast(valid_on as date), current_date)
    and (
        measure_states.valid_to is null
        or coalesce(cast(valid_on as date), current_date) < measure_states.valid_to
    )
    and measure_states.known_from
    <= coalesce(cast(known_on as date), cast(valid_on as date), current_date)
    and (
        measure_states.known_to is null
        or coalesce(cast(known_on as date), cast(valid_on as date), current_date)
        < measure_states.known_to
    )
