with

imports as (
    select * from {{ source('landing', 'us_census_imports_monthly') }}
),

renamed as (
    select
        hs6 as hs6_code,
        country_code as partner_code,
        country_name as partner_name,
        period,
        vintage,
        general_value_usd,
        consumption_value_usd,
        line_number,
    from imports
)

select * from renamed
