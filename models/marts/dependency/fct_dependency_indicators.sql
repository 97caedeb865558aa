with

indicators as (select * from {{ ref('int_dependency__indicators') }}),

product_periods as (
    select * exclude (frequency, currency, usd_per_eur) from {{ ref('int_trade__product_periods') }}
),

final as (
    select
        product_periods.*,
        indicators.reporter_code,
        indicators.indicator_id,
        {{ significant('indicators.value') }} as value,
        {{ significant('indicators.value_low') }} as value_low,
        {{ significant('indicators.value_high') }} as value_high,
        coalesce(isinf(indicators.value), false) as is_infinite,
    from indicators
    inner join product_periods
        on indicators.product_period_number = product_periods.product_period_number
)

-- Numbered by product, source, nomenclature and period.
select * exclude (product_period_number) from final
order by reporter_code, product_period_number, indicator_id
