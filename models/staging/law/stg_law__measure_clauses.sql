with

measure_clauses as (select * from {{ ref('measure_clauses') }}),

renamed as (
    select
        measure_clauses.* exclude (destination, effective_to_is_inclusive, url_quality),
        destination as target_partner,
        {{ yes_or_no('effective_to_is_inclusive') }} as effective_to_is_inclusive,
    from measure_clauses
)

select * from renamed
