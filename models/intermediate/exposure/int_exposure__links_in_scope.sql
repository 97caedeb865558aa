with

supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),

final as (
    select
        parts_in_scope.part_number,
        parts_in_scope.data_origin,
        parts_in_scope.graph_id,
        parts_in_scope.part_id,
        parts_in_scope.unknown_supply,
        parts_in_scope.unallotted_supply,
        supplier_links.site_id,
        sites.firm,
        sites.country_code,
        least(1, {{ least_share('supply_share') }}) as share_low,
        least(1, {{ known_share('supply_share') }}) as share,
        least(1, {{ greatest_share('supply_share') }}) as share_high,
    from supplier_links
    inner join parts_in_scope
        using (data_origin, graph_id, part_id)
    left join sites
        using (data_origin, graph_id, site_id)
    where
        parts_in_scope.evidence_scope = 'all'
        or supplier_links.evidence_class = 'verified'
)

select * from final
