with

-- The edition that the list of codes is in; whole ones of others would be read for nothing.
bilateral_flows as (
    select * from {{ ref('stg_baci__bilateral_flows') }}
    where nomenclature = 'HS1992'
),

trade_codes as (select * from {{ ref('stg_production__mineral_trade_codes') }}),
partner_codes as (select * from {{ ref('partner_codes') }}),

-- BACI has no self-trade; a flow of a country to itself would be no import.
flows as (
    select
        trade_codes.mineral,
        bilateral_flows.year,
        bilateral_flows.importer_code,
        bilateral_flows.exporter_code,
        bilateral_flows.value_kusd,
        bilateral_flows.quantity_t,
    from bilateral_flows
    inner join trade_codes
        using (hs6_code, nomenclature)
    where bilateral_flows.importer_code <> bilateral_flows.exporter_code
),

final as (
    select
        flows.mineral,
        coalesce(importers.iso3, flows.importer_code) as importer_iso3,
        coalesce(exporters.iso3, flows.exporter_code) as exporter_iso3,
        flows.year,
        sum(cast(flows.quantity_t as decimal(24, 6))) as quantity_tonnes,
        sum(cast(flows.value_kusd as decimal(24, 6))) as value_kusd,
        coalesce(
            sum(cast(flows.value_kusd as decimal(24, 6))) filter (where flows.quantity_t is null),
            0
        ) as value_without_mass_kusd,
        coalesce(bool_or(flows.quantity_t < 0), false) as has_negative,
    from flows
    left join partner_codes as importers
        on flows.importer_code = importers.partner_code and importers.source_id = '*'
    left join partner_codes as exporters
        on flows.exporter_code = exporters.partner_code and exporters.source_id = '*'
    group by all
)

select * from final
