with

monthly_rates as (select * from {{ ref('stg_prices__exchange_rates') }}),

-- A year counts only when all its twelve months are known.
annual_rates as (
    select
        left(period, 4) as period,
        cast(sum(usd_per_eur) as double) / 12 as usd_per_eur,
    from monthly_rates
    group by left(period, 4)
    having count(*) = 12
),

unioned as (
    select
        'USD' as currency,
        period,
        'monthly' as frequency,
        cast(usd_per_eur as double) as usd_per_eur,
    from monthly_rates
    union all
    select
        'USD' as currency,
        period,
        'annual' as frequency,
        usd_per_eur,
    from annual_rates
)

select * from unioned
