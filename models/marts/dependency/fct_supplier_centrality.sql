with

network_flows as (select * from {{ ref('int_trade__network_flows') }}),

exporters as (
    select
        network_number,
        exporter_iso3,
        any_value(source_id) as source_id,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        sum(value_in_currency) as export_value,
        count(*) as importer_count,
        count(*) filter (where 10 * value_in_currency > 3 * import_value_in_currency)
            as weighted_out_degree,
    from network_flows
    group by network_number, exporter_iso3
),

compared as (
    select
        *,
        cast(export_value as double)
        / cast(sum(export_value) over (partition by network_number) as double)
            as world_export_share,
        row_number() over (
            partition by network_number
            order by export_value desc, exporter_iso3
        ) as export_rank,
    from exporters
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        exporter_iso3,
        cast(export_rank as integer) as export_rank,
        cast(importer_count as integer) as importer_count,
        cast(weighted_out_degree as integer) as weighted_out_degree,
        {{ significant(in_eur(
            'export_value', 'currency', 'usd_per_eur'
        )) }} as export_value_eur,
        {{ significant('world_export_share') }} as world_export_share,
    from compared
)

select * from final
order by source_id, nomenclature, product_code, period, export_rank
