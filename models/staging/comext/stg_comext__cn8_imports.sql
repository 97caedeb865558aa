with

imports as (select * from {{ source('landing', 'comext_cn8_imports') }}),

renamed as (
    select
        'comext_cn8_imports' as source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        reporter as reporter_source_code,
        partner as partner_source_code,
        'import' as flow,
        'CN' || year as nomenclature,
        cn8 as product_code,
        'EUR' as currency,
        value_eur as value_in_currency,
        cast(null as decimal(18, 3)) as net_mass_kg,
        line_number,
    from imports
)

select * from renamed
