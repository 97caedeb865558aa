{{ config(materialized=by_period()) }}

with

all_flows as (
    select * from {{ ref('int_trade__all_flows') }}
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
    select all_flows.*
    from all_flows
    semi join subheadings
        on left(all_flows.product_code, 6) = subheadings.hs6_code
    where {{ in_batch('all_flows') }}
),

final as (
    select * exclude (reporter_number, partner_number)
    from flows_at_hand
)

select * from final
