with

bilateral_flows as (
    select * from {{ ref('stg_baci__bilateral_flows') }}
),

eu27_figures as (
    select * from {{ ref('stg_baci__eu27_figures') }}
),

cn8_imports as (
    select * from {{ ref('stg_comext__cn8_imports') }}
),

bulk_monthly as (
    select * from {{ ref('stg_comext__bulk_monthly') }}
),

monthly_imports as (
    select * from {{ ref('stg_hmrc__monthly_imports') }}
),

chip_suppliers as (
    select * from {{ ref('stg_chips__hs8542_top_suppliers') }}
),

chip_totals as (
    select * from {{ ref('stg_chips__hs8542_totals') }}
),

reported_flows as (
    select * from {{ ref('int_trade__reported_flows') }}
),

-- BACI reconciles both reporters, so one row is the importer's import and the
-- exporter's export; it is kept once, as an import.
from_bilateral as (
    select
        source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        importer_code as reporter_source_code,
        exporter_code as partner_source_code,
        'import' as flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        cast(null as varchar) as coverage,
        cast(value_kusd * 1000 as decimal(24, 3)) as value_in_currency,
        cast(quantity_t * 1000 as decimal(24, 3)) as net_mass_kg,
        line_number,
    from bilateral_flows
),

from_eu27_figures as (
    select
        'baci_eu27_figures' as source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        case measure when 'world_export' then partner_code else 'EU27' end as reporter_source_code,
        case measure
            when 'world_export' then 'WLD'
            when 'intra_eu_trade' then 'EU27 (intra)'
            else partner_code
        end as partner_source_code,
        case when measure in ('extra_eu_import', 'intra_eu_trade') then 'import' else 'export' end
            as flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        case when coverage <> 'complete' then coverage end as coverage,
        cast(value_kusd * 1000 as decimal(24, 3)) as value_in_currency,
        cast(quantity_t * 1000 as decimal(24, 3)) as net_mass_kg,
        line_number,
    from eu27_figures
),

from_cn8 as (
    select
        'comext_cn8_imports' as source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        'EU27' as reporter_source_code,
        partner_code as partner_source_code,
        'import' as flow,
        nomenclature,
        cn8_code as product_code,
        'EUR' as currency,
        cast(null as varchar) as coverage,
        cast(value_eur as decimal(24, 3)) as value_in_currency,
        cast(null as decimal(24, 3)) as net_mass_kg,
        line_number,
    from cn8_imports
),

from_comext_bulk as (
    select
        'comext_bulk_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        reporter_code as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        nomenclature,
        cn8_code as product_code,
        'EUR' as currency,
        cast(null as varchar) as coverage,
        cast(value_eur as decimal(24, 3)) as value_in_currency,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from bulk_monthly
),

from_hmrc as (
    select
        'hmrc_imports_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'GBR' as reporter_source_code,
        partner_code as partner_source_code,
        'import' as flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        cast(null as varchar) as coverage,
        cast(value_usd as decimal(24, 3)) as value_in_currency,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from monthly_imports
),

-- The source names the five largest suppliers and the total: what is left stays visible
-- as one pseudo-partner, so that shares refer to all imports.
chip_supplier_sums as (
    select
        year,
        importer_iso3,
        sum(value_usd) as named_value_usd,
    from chip_suppliers
    group by year, importer_iso3
),

chip_rests as (
    select
        chip_totals.year,
        chip_totals.reporter_iso3,
        chip_totals.import_value_usd - chip_supplier_sums.named_value_usd as rest_value_usd,
    from chip_totals
    inner join chip_supplier_sums
        on
            chip_totals.year = chip_supplier_sums.year
            and chip_totals.reporter_iso3 = chip_supplier_sums.importer_iso3
),

chip_flows as (
    select
        year,
        importer_iso3 as reporter_source_code,
        exporter_iso3 as partner_source_code,
        value_usd,
    from chip_suppliers
    union all
    select
        year,
        reporter_iso3 as reporter_source_code,
        '_REST' as partner_source_code,
        rest_value_usd as value_usd,
    from chip_rests
    where rest_value_usd > 0
),

from_chips as (
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
        cast(value_usd as decimal(24, 3)) as value_in_currency,
        cast(null as decimal(24, 3)) as net_mass_kg,
        cast(null as integer) as line_number,
    from chip_flows
),

unioned as (
    select * from from_bilateral
    union all
    select * from from_eu27_figures
    union all
    select * from from_cn8
    union all
    select * from from_comext_bulk
    union all
    select * from from_hmrc
    union all
    select * from from_chips
    union all
    select
        source_id,
        vintage,
        frequency,
        period,
        reporter_source_code,
        partner_source_code,
        flow,
        nomenclature,
        product_code,
        currency,
        coverage,
        value_in_currency,
        net_mass_kg,
        line_number,
    from reported_flows
)

select * from unioned
