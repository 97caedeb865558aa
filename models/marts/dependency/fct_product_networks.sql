with

product_networks as (
    select * from {{ ref('int_trade__product_networks') }}
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        fragility_basis,
        missing_fragility_reason,
        country_count,
        exporter_count,
        importer_count,
        flow_count,
        flows_left_out_count,
        trade_value_eur,
        density,
        export_centralisation,
        world_export_hhi,
        out_strength_dispersion,
        weighted_clustering,
        other_supplier_share,
        ranked_product_count,
        dispersion_rank,
        clustering_rank,
        substitutability_rank,
        is_fragile,
    from product_networks
)

select * from final
order by source_id, nomenclature, product_code, period
