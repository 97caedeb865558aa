with

imports as (select * from {{ source('landing', 'us_census_imports_monthly') }}),

renamed as (
    select
        'us_census_imports_monthly' as source_id,
        * exclude (hs6, country_code, country_name, general_value_usd),
        'monthly' as frequency,
        'USA' as reporter_source_code,
        country_code as partner_source_code,
        'import' as flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        hs6 as product_code,
        'USD' as currency,
        general_value_usd as value_in_currency,
        -- What came by lorry, rail, pipe or mail has no weight: known where all came by air or sea.
        case
            when air_value_usd + vessel_value_usd = general_value_usd
                then cast(air_weight_kg + vessel_weight_kg as decimal(18, 3))
        end as net_mass_kg,
    from imports
)

select * from renamed
