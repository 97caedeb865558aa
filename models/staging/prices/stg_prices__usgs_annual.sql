with

usgs_annual_prices as (
    select * from {{ ref('usgs_annual_prices') }}
),

renamed as (
    select
        chapter,
        commodity,
        trim(detail) as detail,
        unit,
        value as price_text,
        year,
        try_cast(replace(value, ',', '') as decimal(18, 6)) as price_value,
    from usgs_annual_prices
)

select * from renamed
