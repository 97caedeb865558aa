with

network_flows as (select * from {{ ref('int_trade__network_flows') }}),
network_clustering as (select * from {{ ref('int_trade__network_clustering') }}),

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

measures as (
    select
        network_number,
        count(*) as country_count,
        {{ sum_of_squared_shares('export_share') }} as world_export_hhi,
        {{ sum_in_any_order('import_share_of_other_suppliers') }} as other_supplier_share,
    from shares
    group by network_number
),

networks as (
    select distinct
        network_number,
        source_id,
        nomenclature,
        product_code,
        period,
    from network_flows
),

-- Rounded, so that equal figures have equal ranks. The mean of shares over n countries is 1/n, so
-- their variance is HHI/n - 1/n^2.
parts as (
    select
        networks.source_id,
        networks.nomenclature,
        networks.product_code,
        networks.period,
        {{ significant("""sqrt(greatest(
            0,
            measures.world_export_hhi / measures.country_count
            - 1 / (measures.country_count * measures.country_count)
        ))""") }} as out_strength_dispersion,
        {{ significant('network_clustering.weighted_clustering') }} as weighted_clustering,
        {{ significant('measures.other_supplier_share') }} as other_supplier_share,
    from networks
    inner join measures
        on networks.network_number = measures.network_number
    inner join network_clustering
        on networks.network_number = network_clustering.network_number
),

-- Rank 1 is the most fragile: most dispersed, most clustered, least substitutable.
ranked as (
    select
        *,
        count(*) over same_year as product_count,
        count(weighted_clustering) over same_year as clustered_product_count,
        rank() over (
            partition by source_id, nomenclature, period order by out_strength_dispersion desc
        ) as dispersion_rank,
        rank() over (
            partition by source_id, nomenclature, period
            order by weighted_clustering desc nulls last
        ) as clustering_rank,
        rank() over (
            partition by source_id, nomenclature, period order by other_supplier_share asc
        ) as substitutability_rank,
    from parts
    window
        same_year as (partition by source_id, nomenclature, period)
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        case
            when weighted_clustering is not null and clustered_product_count >= 3
                then
                    cast(3 * dispersion_rank <= product_count as integer)
                    + cast(3 * clustering_rank <= clustered_product_count as integer)
                    + cast(3 * substitutability_rank <= product_count as integer)
        end as fragile_parts,
        out_strength_dispersion,
        weighted_clustering,
        other_supplier_share,
    from ranked
)

select * from final
