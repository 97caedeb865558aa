with

supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),

-- A link to a part or site that no table has is left out, and told in fct_exposure_faults.
final as (
    select
        supplier_links.data_origin,
        supplier_links.graph_id,
        supplier_links.part_id,
        supplier_links.site_id,
        supplier_links.evidence_class,
        supplier_links.evidence_source,
        supplier_links.note,
        supplier_links.supply_share_low,
        supplier_links.supply_share_central,
        supplier_links.supply_share_high,
        supplier_links.evidence_date,
    from supplier_links
    semi join parts
        on
            supplier_links.data_origin = parts.data_origin
            and supplier_links.graph_id = parts.graph_id
            and supplier_links.part_id = parts.part_id
    semi join sites
        on
            supplier_links.data_origin = sites.data_origin
            and supplier_links.graph_id = sites.graph_id
            and supplier_links.site_id = sites.site_id
)

select * from final
order by data_origin, graph_id, part_id, site_id
