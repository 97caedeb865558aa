{{ config(materialized=by_period()) }}

with

imports as (
    select *
    from {{ ref('int_trade__imports') }} as imports
    where {{ is_due('imports') }}
),

products_at_hand as (select * from {{ ref('int_trade__products_at_hand') }}),

final as (
    select *
    from imports
    where not ({{ is_bulk_source('source_id') }})
    union all
    select imports.*
    from imports
    semi join products_at_hand
        on left(imports.product_code, 6) = products_at_hand.hs6_code
    where {{ is_bulk_source('imports.source_id') }}
)

select * from final
