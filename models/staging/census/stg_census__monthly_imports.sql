with

imports as (
    select * from {{ source('landing', 'us_census_imports_monthly') }}
),

renamed as (
    select
        'us_census_imports_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'USA' as reporter_source_code,
        country_code as partner_source_code,
        'import' as flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        hs6 as product_code,
        'USD' as currency,
        general_value_usd as value_in_currency,
        cast(null as decimal(18, 3)) as net_mass_kg,
        line_number,
        country_name as partner_name,
        consumption_value_usd,
    from imports
)

select * from renamed
