with

law_acts as (select * from {{ ref('law_acts') }}),

renamed as (
    select
        law_acts.* exclude (jurisdiction, effective_to_is_inclusive, known_on_basis, url_quality),
        jurisdiction as jurisdiction_iso2,
        {{ yes_or_no('effective_to_is_inclusive') }} as effective_to_is_inclusive,
    from law_acts
)

select * from renamed
