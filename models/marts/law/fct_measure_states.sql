with

measure_states as (
    select * from {{ ref('int_law__measure_states') }}
),

final as (
    select
        measure_id,
        clause_id,
        destination,
        user_type,
        claim_group,
        claim_id,
        state,
        status_raw as state_as_claimed,
        valid_to_basis,
        valid_from_precision,
        valid_to_precision,
        confidence,
        source_title,
        source_url,
        note,
        known_on,
        is_known_on_assumed,
        is_disputed,
        valid_from,
        valid_to,
        valid_from_earliest,
        valid_to_latest,
    from measure_states
)

select * from final
order by measure_id, clause_id, destination, user_type, claim_group, valid_from
