with

network_flows as (
    select * from {{ ref('int_trade__network_flows') }}
),

network_clustering as (
    select * from {{ ref('int_trade__network_clustering') }}
),

ends as (
    select
        network_number,
        exporter_iso3 as country_iso3,
        value_in_currency as export_value,
        cast(0 as decimal(28, 3)) as largest_flow,
        cast(0 as decimal(28, 3)) as import_value,
    from network_flows
    union all
    select
        network_number,
        importer_iso3 as country_iso3,
        cast(0 as decimal(28, 3)) as export_value,
        value_in_currency as largest_flow,
        value_in_currency as import_value,
    from network_flows
),

countries as (
    select
        network_number,
        country_iso3,
        sum(export_value) as export_value,
        max(largest_flow) as largest_flow,
        sum(import_value) as import_value,
    from ends
    group by network_number, country_iso3
),

shares as (
    select
        network_number,
        country_iso3,
        export_value > 0 as is_exporter,
        import_value > 0 as is_importer,
        cast(export_value as double)
        / cast(sum(export_value) over (partition by network_number) as double)
            as export_share,
        cast(import_value - largest_flow as double)
        / cast(sum(import_value) over (partition by network_number) as double)
            as import_share_of_other_suppliers,
    from countries
),

-- The mean of shares over n countries is 1/n, so their variance is HHI/n - 1/n^2.
measures as (
    select
        network_number,
        count(*) as country_count,
        count(*) filter (where is_exporter) as exporter_count,
        count(*) filter (where is_importer) as importer_count,
        {{ freeman_centralisation('cast(export_share as decimal(38, 20))', 'count(*) - 1') }}
            as export_centralisation,
        {{ sum_of_squared_shares('export_share') }} as world_export_hhi,
        {{ sum_in_any_order('import_share_of_other_suppliers') }} as other_supplier_share,
    from shares
    group by network_number
),

networks as (
    select
        network_number,
        any_value(source_id) as source_id,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        count(*) as flow_count,
        sum(value_in_currency) as trade_value,
    from network_flows
    group by network_number
),

parts as (
    select
        networks.source_id,
        networks.nomenclature,
        networks.product_code,
        networks.period,
        networks.flow_count,
        measures.country_count,
        measures.exporter_count,
        measures.importer_count,
        measures.export_centralisation,
        measures.world_export_hhi,
        measures.other_supplier_share,
        network_clustering.weighted_clustering,
        {{ in_eur('networks.trade_value', 'networks.currency', 'networks.usd_per_eur') }}
            as trade_value_eur,
        networks.flow_count / (measures.country_count * (measures.country_count - 1)) as density,
        sqrt(greatest(
            0,
            measures.world_export_hhi / measures.country_count
            - 1 / (measures.country_count * measures.country_count)
        )) as out_strength_dispersion,
    from networks
    inner join measures
        on networks.network_number = measures.network_number
    inner join network_clustering
        on networks.network_number = network_clustering.network_number
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        country_count,
        exporter_count,
        importer_count,
        flow_count,
        {{ significant('trade_value_eur') }} as trade_value_eur,
        {{ significant('density') }} as density,
        {{ significant('export_centralisation') }} as export_centralisation,
        {{ significant('world_export_hhi') }} as world_export_hhi,
        {{ significant('out_strength_dispersion') }} as out_strength_dispersion,
        {{ significant('weighted_clustering') }} as weighted_clustering,
        {{ significant('other_supplier_share') }} as other_supplier_share,
    from parts
)

select * from final
