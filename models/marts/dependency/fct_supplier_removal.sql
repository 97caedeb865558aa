with

network_flows as (
    select * from {{ ref('int_trade__network_flows') }}
),

networks as (
    select
        network_number,
        count(distinct importer_iso3) as importer_count,
        sum(value_in_currency) as world_value,
    from network_flows
    group by network_number
),

importers as (
    select distinct
        network_number,
        importer_iso3,
    from network_flows
),

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
        count(*) as customer_count,
        -- Exact: shares are not divided first, so a supplier of exactly half leaves half.
        count(*) filter (
            where
                100 * (import_value_in_currency - value_in_currency)
                < 50 * import_value_in_currency
        ) as below_50_count,
        count(*) filter (
            where
                100 * (import_value_in_currency - value_in_currency)
                < 80 * import_value_in_currency
        ) as below_80_count,
        count(*) filter (where value_in_currency = import_value_in_currency)
            as left_with_nothing_count,
    from network_flows
    group by network_number, exporter_iso3
    -- The ten largest: below them nobody is missed by many.
    qualify
        row_number() over (
            partition by network_number
            order by sum(value_in_currency) desc, exporter_iso3
        ) <= 10
),

compared as (
    select
        exporters.*,
        networks.world_value,
        row_number() over (
            partition by exporters.network_number
            order by exporters.export_value desc, exporters.exporter_iso3
        ) as export_rank,
        -- Who imports the product, the dropped supplier itself left out.
        networks.importer_count
        - cast(importers.importer_iso3 is not null as integer) as other_importer_count,
    from exporters
    inner join networks
        on exporters.network_number = networks.network_number
    left join importers
        on
            exporters.network_number = importers.network_number
            and exporters.exporter_iso3 = importers.importer_iso3
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        exporter_iso3,
        cast(export_rank as integer) as export_rank,
        cast(other_importer_count as integer) as importer_count,
        cast(customer_count as integer) as customer_count,
        cast(below_80_count as integer) as importers_left_below_80_pct,
        cast(below_50_count as integer) as importers_left_below_50_pct,
        cast(left_with_nothing_count as integer) as importers_left_with_nothing,
        {{ significant('below_80_count / other_importer_count') }}
            as importer_share_left_below_80_pct,
        {{ significant('below_50_count / other_importer_count') }}
            as importer_share_left_below_50_pct,
        {{ significant(in_eur('export_value', 'currency', 'usd_per_eur')) }} as value_lost_eur,
        {{ significant('cast(export_value as double) / cast(world_value as double)') }}
            as value_lost_share,
    from compared
)

select * from final
order by source_id, nomenclature, product_code, period, export_rank
