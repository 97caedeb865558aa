with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

sources as (
    select * from {{ ref('stg_reference__trade_sources') }}
),

{{ concentration() }},

-- In the order in which marts are sorted.
final as (
    select
        row_number() over (
            order by
                concentration.reporter_code,
                product_periods.product_period_number,
                concentration.supplier_scope
        ) as cell_number,
        product_periods.product_period_number,
        concentration.*,
    from concentration
    inner join product_periods
        on
            concentration.source_id = product_periods.source_id
            and concentration.nomenclature = product_periods.nomenclature
            and concentration.product_code = product_periods.product_code
            and concentration.period = product_periods.period
)

select * from final
