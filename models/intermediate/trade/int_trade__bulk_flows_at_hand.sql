{{ config(materialized=by_period()) }}

with

stated_flows as (
    select * from {{ ref('int_trade__stated_flows') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

products as (
    select * from {{ ref('stg_reference__products') }}
),

measure_scope as (
    select * from {{ ref('stg_law__measure_scope') }}
),

cn8_crosswalk as (
    select * from {{ ref('stg_law__cn8_crosswalk') }}
),

material_codes as (
    select * from {{ ref('stg_reference__material_codes') }}
),

subheadings as (
    select left(product_code, 6) as hs6_code
    from products
    union
    select hs6_code
    from measure_scope
    union
    select left(cn8_code, 6) as hs6_code
    from cn8_crosswalk
    union
    select hs6_code
    from material_codes
),

flows_at_hand as (
    select stated_flows.*
    from stated_flows
    semi join subheadings
        on left(stated_flows.product_code, 6) = subheadings.hs6_code
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
