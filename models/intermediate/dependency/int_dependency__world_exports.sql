with

exports as (
    select * from {{ ref('int_trade__exports') }}
),

-- A share of the world market of a product, by exporter; members count one by one.
export_totals as (
    select
        product_period_number,
        sum(export_value) as world_export_value,
    from exports
    where exporter_code <> 'EU27'
    group by product_period_number
    having sum(export_value) > 0
),

final as (
    select
        exports.product_period_number,
        {{ sum_of_squared_shares(
            'cast(exports.export_value as double) / cast(export_totals.world_export_value as double)'
        ) }} as world_export_hhi,
        max(exports.coverage) as coverage,
    from exports
    inner join export_totals
        on exports.product_period_number = export_totals.product_period_number
    where exports.exporter_code <> 'EU27' and exports.export_value > 0
    group by exports.product_period_number
)

select * from final
