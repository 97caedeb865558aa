with

supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),

-- A link to a part or site that no table has is left out, and told in fct_exposure_faults.
final as (
    select supplier_links.* exclude (supplier_links.line_number, supplier_links.vintage),
    from supplier_links
    semi join parts
        using (data_origin, graph_id, part_id)
    semi join sites
        on
            supplier_links.data_origin = sites.data_origin
            and supplier_links.graph_id = sites.graph_id
            and supplier_links.site_id = sites.site_id
)

select * from final
order by data_origin, graph_id, part_id, site_id
