{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__all_flows'], 'whole_periods': true},
) }}

with

flows as (
    select * from {{ ref('int_trade__flows') }}
),

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
    where {{ is_due('flows') }}
    group by source_id, nomenclature, product_code, period
),

ranged as (
    select
        *,
        {{ number_range('source_id', 'period') }} as number_range,
    from product_periods
),

-- In the order in which marts are sorted.
final as (
    select
        {{ number_in_range(
            'number_range',
            'row_number() over ('
            ~ 'partition by number_range order by product_code, source_id, nomenclature, period)'
        ) }} as product_period_number,
        * exclude (number_range),
    from ranged
)

select * from final
