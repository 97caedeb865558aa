{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__chip_flows', 'int_trade__comtrade_flows']},
) }}

with

flows_as_reported as (select * from {{ ref('int_trade__flows_as_reported') }}),
places as (select * from {{ ref('int_trade__places') }}),
exchange_rates as (select * from {{ ref('int_trade__exchange_rates') }}),
products_at_hand as (select * from {{ ref('int_trade__products_at_hand') }}),

flows_at_hand as (
    select flows_as_reported.*
    from flows_as_reported
    semi join products_at_hand
        on left(flows_as_reported.product_code, 6) = products_at_hand.hs6_code
    where {{ in_batch('flows_as_reported') }}
),

final as (
    {{ harmonised_flows('flows_at_hand') }}
)

select * from final
