with

imports as (
    select * from {{ ref('int_trade__imports_at_hand') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

final as (
    select
        imports.*,
        product_periods.product_period_number,
    from imports
    inner join product_periods
        on
            imports.source_id = product_periods.source_id
            and imports.nomenclature = product_periods.nomenclature
            and imports.product_code = product_periods.product_code
            and imports.period = product_periods.period
)

select * from final
