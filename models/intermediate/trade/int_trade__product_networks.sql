with

measures as (
    select * from {{ ref('int_trade__network_measures') }}
),

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- What int_trade__network_flows leaves out.
left_out as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        count(*) as flow_count,
    from imports_by_supplier
    where
        {{ is_source_with('source_id', 'has_both_sides') }}
        and reporter_code <> 'EU27'
        and (value_in_currency <= 0 or partner_kind not in ('country', 'territory'))
    group by all
),

-- Ranks over the rounded values, so that equal figures have equal ranks. Rank 1 is the most
-- fragile: most dispersed, most clustered, least substitutable.
ranked as (
    select
        measures.*,
        coalesce(left_out.flow_count, 0) as flows_left_out_count,
        count(*) over same_year as product_count,
        count(measures.weighted_clustering) over same_year as clustered_product_count,
        rank() over (
            partition by measures.source_id, measures.nomenclature, measures.period
            order by measures.out_strength_dispersion desc
        ) as dispersion_rank,
        case
            when measures.weighted_clustering is not null
                then
                    rank() over (
                        partition by measures.source_id, measures.nomenclature, measures.period
                        order by measures.weighted_clustering desc nulls last
                    )
        end as clustering_rank,
        rank() over (
            partition by measures.source_id, measures.nomenclature, measures.period
            order by measures.other_supplier_share asc
        ) as substitutability_rank,
    from measures
    left join left_out
        on
            measures.source_id = left_out.source_id
            and measures.nomenclature = left_out.nomenclature
            and measures.product_code = left_out.product_code
            and measures.period = left_out.period
    window
        same_year as (partition by measures.source_id, measures.nomenclature, measures.period)
),

-- How many of the three parts lie in the third of the products that is most fragile.
judged as (
    select
        *,
        case
            when weighted_clustering is not null and clustered_product_count >= 3
                then
                    cast(3 * dispersion_rank <= product_count as integer)
                    + cast(3 * clustering_rank <= clustered_product_count as integer)
                    + cast(3 * substitutability_rank <= product_count as integer)
        end as fragile_parts,
    from ranked
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        'approximation of IMF WP/17/30, whose text was not consulted; see product_fragility.md'
            as fragility_basis,
        case
            when weighted_clustering is null then 'no two flows share a country'
            when clustered_product_count < 3 then 'fewer than three products to rank'
        end as missing_fragility_reason,
        fragile_parts,
        cast(country_count as integer) as country_count,
        cast(exporter_count as integer) as exporter_count,
        cast(importer_count as integer) as importer_count,
        cast(flow_count as integer) as flow_count,
        cast(flows_left_out_count as integer) as flows_left_out_count,
        trade_value_eur,
        density,
        export_centralisation,
        world_export_hhi,
        out_strength_dispersion,
        weighted_clustering,
        other_supplier_share,
        cast(product_count as integer) as ranked_product_count,
        cast(dispersion_rank as integer) as dispersion_rank,
        cast(clustering_rank as integer) as clustering_rank,
        cast(substitutability_rank as integer) as substitutability_rank,
        fragile_parts = 3 as is_fragile,
    from judged
)

select * from final
