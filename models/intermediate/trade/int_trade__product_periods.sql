with

flows as (select * from {{ ref('int_trade__flows') }}),

product_periods as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        max(frequency) as frequency,
        max(currency) as currency,
        max(usd_per_eur) as usd_per_eur,
    from flows
    group by source_id, nomenclature, product_code, period
),

-- In the order in which marts are sorted.
final as (
    select
        row_number() over (order by product_code, source_id, nomenclature, period)
            as product_period_number,
        *,
    from product_periods
)

select * from final
