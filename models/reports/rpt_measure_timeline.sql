with

measure_states as (
    select * from {{ ref('fct_measure_states') }}
),

measures as (
    select * from {{ ref('dim_measure') }}
),

final as (
    select
        measure_states.measure_id,
        measures.instrument_no,
        measures.title,
        measures.jurisdiction,
        measures.materials,
        measure_states.clause_id,
        measure_states.destination,
        measure_states.user_type,
        measure_states.claim_group,
        measure_states.state,
        measure_states.confidence,
        measure_states.source_url,
        measure_states.note,
        measure_states.is_disputed,
        measure_states.valid_from,
        measure_states.valid_to,
        measure_states.known_on,
    from measure_states
    inner join measures
        on measure_states.measure_id = measures.measure_id
)

select * from final
