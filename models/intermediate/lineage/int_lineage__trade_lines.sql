{{ config(enabled=target.type == 'duckdb', materialized=in_passing()) }}

with

all_flows as (select * from {{ ref('int_trade__flows_harmonised') }}),
places as (select * from {{ ref('int_trade__places') }}),
sdmx_monthly as (select * from {{ ref('stg_comext__sdmx_monthly') }}),
chip_suppliers as (select * from {{ ref('chips_hs8542_top5_suppliers') }}),
chip_totals as (select * from {{ ref('chips_hs8542_totals') }}),
published_months as (select * from {{ ref('int_continuity__published_months') }}),
seed_rows as (select * from {{ ref('stg_lineage__seed_rows') }}),

-- Several lines are a flow. What the largest suppliers leave of the total has the total's line.
of_other_lines as (
    select
        sdmx_monthly.* exclude (indicator, amount, flag),
        'EUR' as currency,
    from sdmx_monthly
    union all by name
    {%- for relation in flows_in_parts() %}
    select
        source_id,
        nomenclature,
        product_code,
        period,
        flow,
        reporter_source_code as reporter_code,
        partner_source_code as partner_code,
        currency,
        vintage,
        line_number,
    from {{ ref(relation) }}
    union all by name
    {%- endfor %}
    select
        'baci_chips_hs8542' as source_id,
        'chips_hs8542_top5_suppliers' as table_name,
        'HS1992' as nomenclature,
        '8542' as product_code,
        cast(year as varchar) as period,
        'import' as flow,
        importer_iso3 as reporter_code,
        exporter_iso3 as partner_code,
        'USD' as currency,
        [cast(year as varchar), importer_iso3, exporter_iso3] as seed_key,
    from chip_suppliers
    union all by name
    select
        'baci_chips_hs8542' as source_id,
        'chips_hs8542_totals' as table_name,
        'HS1992' as nomenclature,
        '8542' as product_code,
        cast(year as varchar) as period,
        'import' as flow,
        iso3 as reporter_code,
        '_REST' as partner_code,
        'USD' as currency,
        [cast(year as varchar), iso3] as seed_key,
    from chip_totals
    union all by name
    select published_months.* exclude (net_mass_kg, known_from)
    from published_months
),

placed as (
    select
        raw.* replace (
            coalesce(raw.table_name, raw.source_id) as table_name,
            coalesce(raw.vintage, seed_rows.vintage) as vintage,
            coalesce(reporters.place_code, raw.reporter_code) as reporter_code,
            coalesce(partners.place_code, raw.partner_code) as partner_code,
            coalesce(raw.line_number, seed_rows.line_number) as line_number
        ),
        coalesce(raw.seed_key is null and partners.place_kind = 'intra_eu', false) as is_inside_eu,
    from of_other_lines as raw
    left join places as reporters
        on raw.source_id = reporters.source_id and raw.reporter_code = reporters.source_code
    left join places as partners
        on raw.source_id = partners.source_id and raw.partner_code = partners.source_code
    left join seed_rows
        on raw.table_name = seed_rows.table_name and raw.seed_key = seed_rows.row_key
),

final as (
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
        not ({{ is_bulk_source('source_id') }})
        and source_id not in (select others.source_id from of_other_lines as others)
    union all by name
    select * exclude (seed_key) from placed
)

select * from final
