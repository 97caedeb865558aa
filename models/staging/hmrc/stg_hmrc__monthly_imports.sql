with

imports as (
    select * from {{ source('landing', 'hmrc_imports_monthly') }}
),

renamed as (
    select
        'HS2022' as nomenclature,
        hs6 as hs6_code,
        partner_iso3 as partner_code,
        period,
        vintage,
        value_usd,
        net_mass_kg,
        line_number,
    from imports
)

select * from renamed
