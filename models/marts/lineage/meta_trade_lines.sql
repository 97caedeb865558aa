{{ config(
    alias='trade_lines',
    materialized=by_period(),
    meta={'beside_batches': [
        'stg_lineage__seed_rows', 'stg_lineage__seed_files', 'stg_comext__sdmx_monthly',
        'stg_hmrc__ots_monthly', 'stg_chips__hs8542_top_suppliers', 'stg_chips__hs8542_totals',
        'int_continuity__published_months',
    ]},
) }}

with

all_flows as (
    select * from {{ ref('int_trade__flows_harmonised') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

sdmx_monthly as (
    select * from {{ ref('stg_comext__sdmx_monthly') }}
),

ots_monthly as (
    select * from {{ ref('stg_hmrc__ots_monthly') }}
),

chip_suppliers as (
    select * from {{ ref('stg_chips__hs8542_top_suppliers') }}
),

chip_totals as (
    select * from {{ ref('stg_chips__hs8542_totals') }}
),

published_months as (
    select * from {{ ref('int_continuity__published_months') }}
),

seed_rows as (
    select * from {{ ref('stg_lineage__seed_rows') }}
),

seed_files as (
    select * from {{ ref('stg_lineage__seed_files') }}
),

-- A flow is one line of its file, but for the sources below.
of_one_line as (
    select
        source_id,
        source_id as table_name,
        vintage,
        nomenclature,
        product_code,
        period,
        flow,
        reporter_code,
        partner_code,
        partner_kind = 'intra_eu' as is_inside_eu,
        currency,
        line_number,
    from all_flows
    where
        {{ beside_batches('source_id') }}
        and source_id not in ('baci_chips_hs8542', 'comext_sdmx_monthly', 'hmrc_ots_monthly')
),

-- One line per indicator, per port and per suppressed part: a flow is several.
of_several_lines as (
    select
        'comext_sdmx_monthly' as source_id,
        'comext_sdmx_monthly' as table_name,
        vintage,
        nomenclature,
        cn8_code as product_code,
        period,
        flow,
        reporter_code,
        partner_code,
        'EUR' as currency,
        line_number,
    from sdmx_monthly
    union all
    select
        'hmrc_ots_monthly' as source_id,
        'hmrc_ots_monthly' as table_name,
        vintage,
        nomenclature,
        product_code,
        period,
        flow,
        reporter_source_code as reporter_code,
        partner_source_code as partner_code,
        currency,
        line_number,
    from ots_monthly
),

-- What the five largest suppliers leave of the total has the line of the total.
of_seeds as (
    select
        'baci_chips_hs8542' as source_id,
        'chips_hs8542_top5_suppliers' as table_name,
        concat_ws('|', year, importer_iso3, exporter_iso3) as row_key,
        nomenclature,
        hs4_code as product_code,
        cast(year as varchar) as period,
        'import' as flow,
        importer_iso3 as reporter_code,
        exporter_iso3 as partner_code,
        'USD' as currency,
    from chip_suppliers
    union all
    select
        'baci_chips_hs8542' as source_id,
        'chips_hs8542_totals' as table_name,
        concat_ws('|', year, reporter_iso3) as row_key,
        nomenclature,
        hs4_code as product_code,
        cast(year as varchar) as period,
        'import' as flow,
        reporter_iso3 as reporter_code,
        '_REST' as partner_code,
        'USD' as currency,
    from chip_totals
    union all
    select
        source_id,
        'macro_facts' as table_name,
        fact_id as row_key,
        nomenclature,
        product_code,
        period,
        flow,
        reporter_code,
        partner_code,
        cast(null as varchar) as currency,
    from published_months
),

of_seed_lines as (
    select
        of_seeds.source_id,
        of_seeds.table_name,
        seed_files.vintage,
        of_seeds.nomenclature,
        of_seeds.product_code,
        of_seeds.period,
        of_seeds.flow,
        of_seeds.reporter_code,
        of_seeds.partner_code,
        of_seeds.currency,
        seed_rows.line_number,
    from of_seeds
    inner join seed_rows
        on
            of_seeds.table_name = seed_rows.table_name
            and of_seeds.row_key = seed_rows.row_key
    inner join seed_files
        on of_seeds.table_name = seed_files.table_name
),

not_placed as (
    select
        *,
        true as has_kind_of_place,
    from of_several_lines
    union all by name
    select
        *,
        false as has_kind_of_place,
    from of_seed_lines
),

placed as (
    select
        not_placed.source_id,
        not_placed.table_name,
        not_placed.vintage,
        not_placed.nomenclature,
        not_placed.product_code,
        not_placed.period,
        not_placed.flow,
        coalesce(reporters.place_code, not_placed.reporter_code) as reporter_code,
        coalesce(partners.place_code, not_placed.partner_code) as partner_code,
        not_placed.has_kind_of_place and coalesce(partners.place_kind = 'intra_eu', false)
            as is_inside_eu,
        not_placed.currency,
        not_placed.line_number,
    from not_placed
    left join places as reporters
        on
            not_placed.source_id = reporters.source_id
            and not_placed.reporter_code = reporters.source_code
    left join places as partners
        on
            not_placed.source_id = partners.source_id
            and not_placed.partner_code = partners.source_code
    where {{ beside_batches('not_placed.source_id') }}
),

small_lines as (
    select * from of_one_line
    union all
    select * from placed
),

-- Of a source of millions of lines the partners are kept together, too.
large_sources as (
    select source_id
    from small_lines
    group by source_id
    having count(*) > {{ var('lines_told_by_partner') }}
),

lines_as_told as (
    select
        small_lines.* replace (
            case when large_sources.source_id is null then small_lines.partner_code end
                as partner_code,
            large_sources.source_id is null and small_lines.is_inside_eu as is_inside_eu
        ),
        large_sources.source_id is null as is_told_by_partner,
    from small_lines
    left join large_sources
        on small_lines.source_id = large_sources.source_id
),

small_sums as (
    select
        source_id,
        table_name,
        vintage,
        nomenclature,
        product_code,
        period,
        flow,
        reporter_code,
        partner_code,
        is_inside_eu,
        currency,
        case
            when
                is_told_by_partner
                and count(*) between 2 and 1000
                and count(*) <= max(line_number) - min(line_number)
                then list(line_number order by line_number)
        end as line_numbers,
        min(line_number) as first_line,
        max(line_number) as last_line,
        count(*) as line_count,
    from lines_as_told
    group by
        source_id, table_name, vintage, nomenclature, product_code, period, flow, reporter_code,
        partner_code, is_inside_eu, currency, is_told_by_partner
),

-- Bulk sources: a count and a range per reporter, product and period; never the rows again.
bulk_sums as (
    select
        source_id,
        vintage,
        product_code,
        period,
        flow,
        reporter_number,
        any_value(nomenclature) as nomenclature,
        any_value(currency) as currency,
        min(line_number) as first_line,
        max(line_number) as last_line,
        count(*) as line_count,
    from all_flows
    where {{ in_batch('all_flows') }}
    group by source_id, vintage, product_code, period, flow, reporter_number
),

bulk_reporters as (
    select distinct
        source_id,
        place_number,
        place_code,
    from places
    where {{ is_bulk_source('source_id') }}
),

bulk_placed as (
    select
        bulk_sums.source_id,
        bulk_sums.source_id as table_name,
        bulk_sums.vintage,
        bulk_sums.nomenclature,
        bulk_sums.product_code,
        bulk_sums.period,
        bulk_sums.flow,
        bulk_reporters.place_code as reporter_code,
        cast(null as varchar) as partner_code,
        false as is_inside_eu,
        bulk_sums.currency,
        cast(null as varchar) as lines,
        bulk_sums.first_line,
        bulk_sums.last_line,
        bulk_sums.line_count,
    from bulk_sums
    inner join bulk_reporters
        on
            bulk_sums.source_id = bulk_reporters.source_id
            and bulk_sums.reporter_number = bulk_reporters.place_number
),

unioned as (
    select
        * exclude (line_numbers),
        {{ line_ranges('line_numbers') }} as lines,
    from small_sums
    union all by name
    select * from bulk_placed
),

final as (
    select
        unioned.source_id,
        unioned.table_name,
        unioned.vintage,
        unioned.nomenclature,
        unioned.product_code,
        unioned.period,
        unioned.flow,
        unioned.reporter_code,
        unioned.partner_code,
        unioned.currency,
        unioned.lines,
        cast(unioned.first_line as integer) as first_line,
        cast(unioned.last_line as integer) as last_line,
        cast(unioned.line_count as integer) as line_count,
        reporters.member_iso3 is not null as is_eu_reporter,
        -- Of all partners together nobody can say it.
        case
            when unioned.partner_code is not null
                then partners.member_iso3 is not null or unioned.is_inside_eu
        end as is_intra_eu_partner,
    from unioned
    left join members as reporters
        on unioned.reporter_code = reporters.member_iso3
    left join members as partners
        on unioned.partner_code = partners.member_iso3
)

select * from final
order by product_code, source_id, nomenclature, period, flow, reporter_code, partner_code
