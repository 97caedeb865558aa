with

changes as (select * from {{ ref('stg_scenarios__changes') }}),
supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),

supplied as (
    select
        supplier_links.data_origin,
        supplier_links.graph_id,
        supplier_links.part_id,
        supplier_links.site_id,
        sites.firm,
        sites.country_code,
        parts.product_code,
    from supplier_links
    inner join sites
        using (data_origin, graph_id, site_id)
    left join parts
        using (data_origin, graph_id, part_id)
),

-- A lost flow is a lost supplier of all sites of a country, for some products.
hit as (
    select
        changes.scenario_id,
        changes.data_origin as scenario_origin,
        supplied.data_origin as graph_origin,
        supplied.graph_id,
        supplied.part_id,
        supplied.site_id,
        changes.share_lost,
        changes.valid_from,
        changes.valid_to,
    from changes
    inner join supplied
        on
            (
                (changes.target_kind = 'site' and changes.target_id = supplied.site_id)
                or (changes.target_kind = 'firm' and changes.target_id = supplied.firm)
                or (changes.target_kind = 'country' and changes.target_id = supplied.country_code)
            )
            and (
                changes.product_code is null
                or starts_with(supplied.product_code, changes.product_code)
            )
    where changes.change_kind in ('supplier_loss', 'flow_loss')
),

-- Of several losses of a link that begin on one day the greatest and longest counts.
final as (
    select
        scenario_id,
        scenario_origin,
        graph_origin,
        graph_id,
        part_id,
        site_id,
        max(share_lost) as share_lost,
        valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
    from hit
    group by all
)

select * from final
