with

imports as (select * from {{ source('landing', 'hmrc_imports_monthly') }}),

renamed as (
    select
        'hmrc_imports_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'GBR' as reporter_source_code,
        partner_iso3 as partner_source_code,
        'import' as flow,
        'HS2022' as nomenclature,
        hs6 as product_code,
        'USD' as currency,
        value_usd as value_in_currency,
        net_mass_kg,
        line_number,
    from imports
)

select * from renamed
