with

measure_states as (
    select * from {{ ref('fct_measure_states') }}
),

measures as (
    select * from {{ ref('dim_measure') }}
),

-- What is known by now.
final as (
    select
        measure_states.measure_id,
        measure_states.instrument_no,
        measure_states.title,
        measures.jurisdiction,
        measures.materials,
        measure_states.clause_id,
        measure_states.clause_title,
        measure_states.destination,
        measure_states.user_type,
        measure_states.claim_group,
        measure_states.state,
        measure_states.certainty,
        measure_states.is_disputed,
        measure_states.valid_from,
        measure_states.valid_to,
        measure_states.known_from,
        measure_states.act_id,
        measure_states.act_instrument_no,
        measure_states.act_title,
        measure_states.act_source_url,
        measure_states.confidence,
        measure_states.source_url,
        measures.note,
    from measure_states
    inner join measures
        on measure_states.measure_id = measures.measure_id
    where measure_states.known_to is null
)

select * from final
