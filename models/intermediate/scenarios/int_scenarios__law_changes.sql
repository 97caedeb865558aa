with

changes as (select * from {{ ref('stg_scenarios__changes') }}),
scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),
relations as (select * from {{ ref('int_law__relations') }}),
measure_states as (select * from {{ ref('int_law__measure_states') }}),

timelines as (
    select distinct
        measure_id,
        clause_id,
        destination,
        user_type,
    from measure_states
),

-- A measure is put in the state that the scenario names.
of_measures as (
    select
        changes.scenario_id,
        changes.change_number,
        timelines.*,
        changes.target_id as act_id,
        changes.state as new_state,
        false as is_by_relief,
        changes.valid_from,
        changes.valid_to,
    from changes
    inner join timelines
        on
            changes.target_id = timelines.measure_id
            and (changes.clause_id is null or changes.clause_id = timelines.clause_id)
    where changes.change_kind = 'law_state'
),

-- An act of relief that is in force suspends (exempts) its measures; once over, they apply.
of_reliefs as (
    select
        changes.scenario_id,
        changes.change_number,
        timelines.*,
        changes.target_id as act_id,
        case
            when changes.state <> 'in_force' then 'in_force'
            when relations.relation = 'exempts' then 'exempted'
            else 'suspended'
        end as new_state,
        true as is_by_relief,
        changes.valid_from,
        changes.valid_to,
    from changes
    inner join relations
        on changes.target_id = relations.act_id
    inner join timelines
        on
            relations.target_id = timelines.measure_id
            and relations.target_clause_id = timelines.clause_id
            and (relations.user_type is null or relations.user_type = timelines.user_type)
            and (relations.destination is null or relations.destination = timelines.destination)
    where
        changes.change_kind = 'law_state'
        and relations.relation in ('suspends', 'exempts')
        and relations.claim_group is null
        and (changes.clause_id is null or changes.clause_id = relations.act_clause_id)
),

unioned as (
    select * from of_measures
    union all
    select * from of_reliefs
),

final as (
    select
        unioned.*,
        scenarios.scenario_origin,
        scenarios.assumed_on,
    from unioned
    inner join scenarios
        on unioned.scenario_id = scenarios.scenario_id
)

select * from final
