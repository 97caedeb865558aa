with

suppliers as (select * from {{ ref('chips_hs8542_top5_suppliers') }}),
totals as (select * from {{ ref('chips_hs8542_totals') }}),

-- The source names the five largest suppliers and the total: what is left stays visible as one
-- pseudo-partner, so that shares refer to all imports.
named as (
    select
        year,
        importer_iso3,
        sum(value_usd) as value_usd,
    from suppliers
    group by year, importer_iso3
),

flows as (
    select
        year,
        importer_iso3 as reporter_source_code,
        exporter_iso3 as partner_source_code,
        value_usd,
    from suppliers
    union all
    select
        totals.year,
        totals.iso3 as reporter_source_code,
        '_REST' as partner_source_code,
        totals.imports_usd - named.value_usd as value_usd,
    from totals
    inner join named
        on totals.year = named.year and totals.iso3 = named.importer_iso3
    where totals.imports_usd > named.value_usd
),

final as (
    select
        'baci_chips_hs8542' as source_id,
        cast(null as varchar) as vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        reporter_source_code,
        partner_source_code,
        'import' as flow,
        'HS1992' as nomenclature,
        '8542' as product_code,
        'USD' as currency,
        'five largest suppliers and the total' as coverage,
        value_usd as value_in_currency,
        cast(null as decimal(18, 3)) as net_mass_kg,
        cast(null as integer) as line_number,
    from flows
)

select * from final
