with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),

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
        sources.series_id,
        -- Of two sources of a series the one whose figures count: one that lists all flows goes
        -- first, then the one of lower rank.
        dense_rank() over (
            partition by
                sources.series_id, concentration.reporter_code, concentration.supplier_scope,
                concentration.product_code, concentration.period
            order by concentration.coverage is not null, sources.source_rank
        ) = 1 as is_of_series,
    from concentration
    inner join sources
        using (source_id)
    inner join product_periods
        using (source_id, nomenclature, product_code, period)
)

select * from final
