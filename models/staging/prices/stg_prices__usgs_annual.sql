with

usgs_annual_prices as (select * from {{ source('landing', 'usgs_annual_prices') }}),

renamed as (
    select
        usgs_annual_prices.* exclude (detail, value),
        trim(detail) as detail,
        value as price_text,
        try_cast(replace(value, ',', '') as decimal(18, 6)) as price_value,
    from usgs_annual_prices
)

select * from renamed
