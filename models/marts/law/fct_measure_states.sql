with

measure_states as (select * from {{ ref('int_law__measure_states') }}),
acts as (select * from {{ ref('int_law__acts') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
relations as (select * from {{ ref('int_law__relations') }}),

-- What a rival reading rests on: the first act that claims it.
rival_acts as (
    select
        claim_group,
        min(act_id) as act_id,
    from relations
    where claim_group is not null
    group by claim_group
),

final as (
    select
        measure_states.*,
        measures.instrument_no,
        measures.title,
        clauses.clause_title,
        measures.source_url,
        measures.confidence,
        acts.instrument_no as act_instrument_no,
        acts.title as act_title,
        acts.source_title as act_source_title,
        acts.source_url as act_source_url,
        acts.confidence as act_confidence,
        rival_acts.act_id as rival_act_id,
    from measure_states
    inner join acts as measures
        on measure_states.measure_id = measures.act_id
    inner join clauses
        on
            measure_states.measure_id = clauses.act_id
            and measure_states.clause_id = clauses.clause_id
    inner join acts
        on measure_states.act_id = acts.act_id
    left join rival_acts
        on measure_states.claim_group = rival_acts.claim_group
)

select * from final
order by measure_id, clause_id, destination, user_type, claim_group, known_from, valid_from
