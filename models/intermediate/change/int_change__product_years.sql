with

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- Annual figures only: in a month a small product may simply not be traded.
final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        {{ hs_edition('nomenclature') }} as hs_edition,
        max(coverage) as coverage,
    from imports_by_supplier
    where frequency = 'annual' and value_in_currency > 0
    group by source_id, nomenclature, product_code, period
)

select * from final
