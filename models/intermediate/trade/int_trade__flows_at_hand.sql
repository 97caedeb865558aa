{{ config(materialized=by_period()) }}

with

stated_flows as (
    select * from {{ ref('int_trade__flows_as_reported') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

products_at_hand as (
    select * from {{ ref('int_trade__products_at_hand') }}
),

flows_at_hand as (
    select stated_flows.*
    from stated_flows
    semi join products_at_hand
        on left(stated_flows.product_code, 6) = products_at_hand.hs6_code
    where {{ in_batch('stated_flows') }}
),

harmonised as (
    {{ harmonised_flows('flows_at_hand') }}
),

final as (
    select * exclude (reporter_number, partner_number)
    from harmonised
)

select * from final
