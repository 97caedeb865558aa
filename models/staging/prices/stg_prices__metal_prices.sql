with

metal_prices as (select * from {{ source('landing', 'worldbank_metal_prices') }}),

renamed as (
    select
        commodity,
        period,
        vintage,
        price as price_usd,
        line_number,
    from metal_prices
)

select * from renamed
