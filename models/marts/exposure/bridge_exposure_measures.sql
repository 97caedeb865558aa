with

part_controls as (
    select * from {{ ref('int_exposure__part_controls') }}
),

supplier_links as (
    select * from {{ ref('stg_exposure__supplier_links') }}
),

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

exporters as (
    select * from {{ ref('int_law__exporters') }}
),

acts as (
    select * from {{ ref('int_law__acts') }}
),

final as (
    select
        part_controls.data_origin,
        part_controls.graph_id,
        part_controls.part_id,
        supplier_links.site_id,
        part_controls.measure_id,
        part_controls.clause_id,
        part_controls.product_code,
        sites.country_code,
        part_controls.coverage,
        part_controls.match_basis,
        acts.instrument as licence_type,
        supplier_links.evidence_class,
        cast(part_controls.share_low as decimal(9, 6)) as covered_share_low,
        cast(part_controls.share_central as decimal(9, 6)) as covered_share_central,
        cast(part_controls.share_high as decimal(9, 6)) as covered_share_high,
        supplier_links.supply_share_low,
        supplier_links.supply_share_central,
        supplier_links.supply_share_high,
        supplier_links.evidence_date,
    from part_controls
    inner join supplier_links
        using (data_origin, graph_id, part_id)
    inner join sites
        using (data_origin, graph_id, site_id)
    inner join exporters
        on
            part_controls.measure_id = exporters.measure_id
            and sites.country_code = exporters.country_iso3
    inner join acts
        on part_controls.measure_id = acts.act_id
)

select * from final
order by data_origin, graph_id, part_id, site_id, measure_id, clause_id
