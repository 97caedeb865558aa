with

imports_by_supplier as (select * from {{ ref('int_trade__imports_by_supplier') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),

-- Annual figures only: in a month a small product may simply not be traded.
by_source as (
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
),

-- Of two sources of a series the one whose figures count (int_trade__concentration).
final as (
    select
        sources.series_id,
        by_source.*,
    from by_source
    inner join sources
        on by_source.source_id = sources.source_id
    qualify
        dense_rank() over (
            partition by sources.series_id, by_source.product_code, by_source.period
            order by by_source.coverage is not null, sources.source_rank
        ) = 1
)

select * from final
