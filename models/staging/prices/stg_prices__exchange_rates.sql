with

exchange_rates as (select * from {{ source('landing', 'ecb_exchange_rates') }})

select * from exchange_rates
