with

dependency_conditions as (
    select * from {{ ref('dependency_conditions') }}
),

renamed as (
    select
        definition_id,
        condition_number,
        indicator_id,
        comparison,
        partner_iso3,
        threshold_basis,
        threshold,
    from dependency_conditions
)

select * from renamed
