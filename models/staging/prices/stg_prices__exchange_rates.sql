with

exchange_rates as (
    select * from {{ source('landing', 'ecb_exchange_rates') }}
),

renamed as (
    select
        period,
        vintage,
        usd_per_eur,
        line_number,
    from exchange_rates
)

select * from renamed
