with

law as (select * from {{ ref('fct_measure_states') }}),
scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),

differences as (
    select
        * exclude (scenario_origin),
        scenario_origin as data_origin,
    from {{ ref('int_scenarios__measure_states') }}
),

acts as (select * from {{ ref('int_law__acts') }}),

clause_texts as (
    select distinct
        measure_id,
        clause_id,
        instrument_no,
        title,
        clause_title,
        source_url,
        confidence,
    from law
),

rival_acts as (
    select distinct
        claim_group,
        rival_act_id,
    from law
),

law_in_scenarios as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin as data_origin,
        law.*,
        false as is_assumed,
    from scenarios
    cross join law
),

-- A scenario is the law, but for the timelines that it changes.
final as (
    select law_in_scenarios.*
    from law_in_scenarios
    anti join differences
        using (scenario_id, measure_id, clause_id, destination, user_type)
    union all by name
    select
        differences.*,
        clause_texts.instrument_no,
        clause_texts.title,
        clause_texts.clause_title,
        clause_texts.source_url,
        clause_texts.confidence,
        acts.instrument_no as act_instrument_no,
        acts.title as act_title,
        acts.source_title as act_source_title,
        acts.source_url as act_source_url,
        acts.confidence as act_confidence,
        rival_acts.rival_act_id,
    from differences
    inner join clause_texts
        using (measure_id, clause_id)
    inner join acts
        on differences.act_id = acts.act_id
    left join rival_acts
        on differences.claim_group = rival_acts.claim_group
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
