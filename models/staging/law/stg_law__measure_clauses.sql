with

measure_clauses as (
    select * from {{ ref('measure_clauses') }}
),

renamed as (
    select
        measure_id,
        clause_id,
        clause_title,
        destination as target_partner,
        user_type,
        announced_on,
        effective_from,
        effective_not_before,
        effective_to,
        effective_to_basis,
        known_on,
        effective_known_on,
        addressee,
        source_title,
        source_url,
        confidence,
        note,
        {{ yes_or_no('effective_to_is_inclusive') }} as effective_to_is_inclusive,
    from measure_clauses
)

select * from renamed
