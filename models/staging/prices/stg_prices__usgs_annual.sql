with

usgs_annual_prices as (
    select * from {{ source('landing', 'usgs_annual_prices') }}
),

renamed as (
    select
        chapter,
        commodity,
        trim(detail) as detail,
        unit,
        value as price_text,
        year,
        vintage,
        try_cast(replace(value, ',', '') as decimal(18, 6)) as price_value,
        line_number,
    from usgs_annual_prices
)

select * from renamed
