with

imports as (
    select * from {{ ref('int_trade__imports') }}
),

products_at_hand as (
    select * from {{ ref('int_trade__products_at_hand') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

at_hand as (
    select *
    from imports
    where not ({{ is_bulk_source('source_id') }})
    union all
    select imports.*
    from imports
    semi join products_at_hand
        on left(imports.product_code, 6) = products_at_hand.hs6_code
    where {{ is_bulk_source('imports.source_id') }}
),

final as (
    select
        at_hand.*,
        product_periods.product_period_number,
    from at_hand
    inner join product_periods
        on
            at_hand.source_id = product_periods.source_id
            and at_hand.nomenclature = product_periods.nomenclature
            and at_hand.product_code = product_periods.product_code
            and at_hand.period = product_periods.period
)

select * from final
