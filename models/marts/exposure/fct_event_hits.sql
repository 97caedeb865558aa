with

targets as (select * from {{ ref('bridge_event_targets') }}),
links as (select * from {{ ref('bridge_exposure_suppliers') }}),
sites as (select * from {{ ref('dim_exposure_site') }}),
parts as (select * from {{ ref('dim_exposure_part') }}),
measures as (select * from {{ ref('bridge_exposure_measures') }}),
shares as (select * from {{ ref('fct_exposure_shares') }}),
site_capacities as (select * from {{ ref('fct_site_capacities') }}),

-- Links that the event takes: of the site, firm or country, or under the clause of the act.
hit_links as (
    select distinct
        targets.event_id,
        targets.target_kind,
        targets.target_id,
        links.data_origin,
        links.graph_id,
        links.part_id,
        links.site_id,
        -- Of a code that a clause covers in part, only the part counts.
        coalesce(links.supply_share_low, 0)
        * case when controls.measure_id is null then 1 else controls.covered_share_low end
            as supply_share_low,
        coalesce(links.supply_share_central, links.supply_share_low)
        * case when controls.measure_id is null then 1 else controls.covered_share_central end
            as supply_share_known,
        coalesce(links.supply_share_high, links.supply_share_central, 1)
        * case when controls.measure_id is null then 1 else controls.covered_share_high end
            as supply_share_high,
    from targets
    cross join links
    inner join sites
        using (data_origin, graph_id, site_id)
    left join measures as controls
        on
            targets.target_kind = 'measure'
            and targets.target_id = controls.measure_id
            and links.data_origin = controls.data_origin
            and links.graph_id = controls.graph_id
            and links.part_id = controls.part_id
            and links.site_id = controls.site_id
            -- A clause addressed to one firm does not hit its product family elsewhere.
            and controls.coverage <> 'reference_only'
    where
        (targets.target_kind = 'site' and targets.target_id = sites.site_id)
        or (targets.target_kind = 'firm' and targets.target_id = sites.firm)
        or (targets.target_kind = 'country' and targets.target_id = sites.country_code)
        or controls.measure_id is not null
    union all by name
    -- Who is unknown may be an exporter under the act.
    select distinct
        targets.event_id,
        targets.target_kind,
        targets.target_id,
        controls.data_origin,
        controls.graph_id,
        controls.part_id,
        controls.site_id,
        0 as supply_share_low,
        controls.supply_share_high * controls.covered_share_high as supply_share_high,
    from targets
    inner join measures as controls
        on targets.target_id = controls.measure_id
    where
        targets.target_kind = 'measure'
        and controls.site_id is null
        and controls.coverage <> 'reference_only'
),

hit_parts as (
    select
        hit_links.event_id,
        hit_links.target_kind,
        hit_links.target_id,
        hit_links.data_origin,
        hit_links.graph_id,
        hit_links.part_id,
        least(1, sum(hit_links.supply_share_low)) as supply_lost_low,
        case
            when
                bool_and(hit_links.supply_share_known is not null or hit_links.site_id is null)
                and bool_or(hit_links.site_id is not null)
                then least(1, sum(hit_links.supply_share_known))
        end as supply_lost,
        least(1, sum(hit_links.supply_share_high)) as supply_lost_high,
    from hit_links
    group by all
),

exposed as (
    select
        targets.event_id,
        shares.*,
        parts.part_name,
        row_number() over (
            partition by
                targets.event_id, shares.target_kind, shares.target_id, shares.data_origin,
                shares.graph_id
            order by shares.exposure_high desc, shares.part_id
        ) as product_rank,
    from targets
    inner join shares
        using (target_kind, target_id)
    inner join parts
        using (data_origin, graph_id, part_id)
    where shares.scenario_id = 'base' and shares.evidence_scope = 'all'
),

products as (
    select
        exposed.event_id,
        exposed.target_kind,
        exposed.target_id,
        exposed.data_origin,
        exposed.graph_id,
        count(*) as product_count,
        string_agg(exposed.part_name, '; ' order by exposed.exposure_high desc, exposed.part_name)
            filter (where exposed.product_rank <= 5) as product_names,
        max(exposed.exposure_low) as exposure_low,
        max(exposed.exposure_share) as exposure_share,
        max(exposed.exposure_high) as exposure_high,
    from exposed
    group by all
),

-- Firms that make what is exposed; where none is known, the owners of sites stand in.
makers as (
    select
        exposed.event_id,
        exposed.target_kind,
        exposed.target_id,
        exposed.data_origin,
        exposed.graph_id,
        string_agg(distinct sites.firm, '; ' order by sites.firm) as firms,
    from exposed
    inner join links
        using (data_origin, graph_id, part_id)
    inner join sites
        using (data_origin, graph_id, site_id)
    group by all
),

owners as (
    select
        sites.data_origin,
        sites.graph_id,
        string_agg(distinct sites.firm, '; ' order by sites.firm) as firms,
    from sites
    where sites.site_role = 'own'
    group by sites.data_origin, sites.graph_id
),

capacity_figures as (
    select distinct
        figures.data_origin,
        figures.graph_id,
        figures.site_id,
        figures.metric || ' ' || case
            when figures.smallest_quantity < figures.greatest_quantity
                then format('{:,}', cast(figures.smallest_quantity as bigint)) || ' to '
            else ''
        end || format('{:,}', cast(figures.greatest_quantity as bigint))
        || coalesce(' ' || figures.unit, '') as figure_text,
    from site_capacities as figures
    where figures.quantity is not null
),

capacities as (
    select
        figures.data_origin,
        figures.graph_id,
        figures.site_id,
        string_agg(figures.figure_text, ', ' order by figures.figure_text) as capacity_text,
    from capacity_figures as figures
    group by figures.data_origin, figures.graph_id, figures.site_id
),

alternatives as (
    select
        hit_parts.event_id,
        hit_parts.target_kind,
        hit_parts.target_id,
        hit_parts.data_origin,
        hit_parts.graph_id,
        hit_parts.part_id,
        count(*) as alternative_count,
        string_agg(
            sites.firm || ', ' || sites.site_name || ' (' || sites.country_code || ')'
            || coalesce(': ' || capacities.capacity_text, ': capacity unknown'), '; '
            order by sites.firm, sites.site_name
        ) as alternatives,
    from hit_parts
    inner join links
        using (data_origin, graph_id, part_id)
    inner join sites
        using (data_origin, graph_id, site_id)
    left join capacities
        using (data_origin, graph_id, site_id)
    anti join hit_links
        using (event_id, target_kind, target_id, data_origin, graph_id, part_id, site_id)
    group by all
),

final as (
    select
        hit_parts.* replace (
            cast(hit_parts.supply_lost_low as double) as supply_lost_low,
            cast(hit_parts.supply_lost as double) as supply_lost,
            cast(hit_parts.supply_lost_high as double) as supply_lost_high
        ),
        coalesce(products.product_count, 0) as products_affected,
        products.product_names,
        products.exposure_low as largest_exposure_low,
        products.exposure_share as largest_exposure_share,
        products.exposure_high as largest_exposure_high,
        coalesce(makers.firms, owners.firms) as firms,
        coalesce(alternatives.alternative_count, 0) as alternative_count,
        coalesce(alternatives.alternatives, 'none listed') as alternatives,
    from hit_parts
    left join products
        using (event_id, target_kind, target_id, data_origin, graph_id)
    left join makers
        using (event_id, target_kind, target_id, data_origin, graph_id)
    left join owners
        using (data_origin, graph_id)
    left join alternatives
        using (event_id, target_kind, target_id, data_origin, graph_id, part_id)
)

select * from final
order by event_id, target_kind, target_id, data_origin, graph_id, part_id
