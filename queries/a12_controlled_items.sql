-- A12: Which controlled items are within three tiers of a product or firm, and how exposed is it?
-- One row per product, controlled item below it (or itself), supplying site and clause that lists
-- it. The row gives the largest exposure path and the state of the clause on the day. It also
-- gives the exposure of the product to the measure, from all evidence and from verified rows
-- alone. Unknown is never 0.
-- Certainty: of the state (`settled`, `presumed`, `disputed` and so on), and how well the code
-- identifies the item. The latter is `whole`, `by_material`, `partial` (other goods share it),
-- `reference_only`.
-- param: graph text 'Supply graph, such as public-facts; default: all'
-- param: product text 'Product of the graph; default: all'
-- param: firm text 'Firm that makes the product; default: all'
-- param: tiers count 'Tiers below the product; default: 3'
-- param: as_of date 'Day of the state; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: destination place 'Importing country or EU27; default: EU27'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: base'
-- found in: marts.dim_exposure_part graph=graph_id product=part_id
-- found in: marts.dim_exposure_site firm=firm
-- short: product_id, item_name, data_origin, certainty, measure_id, state, exposure_low
-- short: exposure_high, site_name, country_code, exposure_share, tier, graph_id
-- first: exposure_high desc, exposure_low desc 'highest exposure'
with

asked as (
    select
        coalesce(cast(getvariable('tiers') as integer), 3) as tiers,
        coalesce(cast(getvariable('as_of') as date), current_date) as as_of,
        coalesce(cast(getvariable('known_on') as date), as_of) as known_on,
        coalesce(lower(trim(cast(getvariable('scenario') as varchar))), 'base') as scenario_id,
        (
            select place_code
            from reports.place(coalesce(cast(getvariable('destination') as varchar), 'EU27'))
        ) as country_code,
),

-- Who makes a product supplies some of it in tier 0.
made_by as (
    select distinct
        shares.graph_origin,
        shares.graph_id,
        shares.part_id,
    from marts.fct_exposure_shares as shares
    where
        shares.scenario_id = 'base'
        and shares.evidence_scope = 'all'
        and shares.target_kind = 'firm'
        and shares.target_id = cast(getvariable('firm') as varchar)
        and shares.share_by_tier[1] > 0
),

-- Of several paths to an item the heaviest is shown and the others are counted.
reached as (
    select
        paths.*,
        count(*) over item as paths_to_item,
        row_number() over (item order by paths.path_rank) as place,
    from marts.fct_exposure_paths as paths
    inner join asked
        on paths.tier <= asked.tiers
    where
        paths.is_end_controlled
        and paths.graph_id = coalesce(cast(getvariable('graph') as varchar), paths.graph_id)
        and paths.part_id = coalesce(cast(getvariable('product') as varchar), paths.part_id)
        and (
            getvariable('firm') is null
            or (paths.data_origin, paths.graph_id, paths.part_id) in (from made_by)
        )
    window item as (
        partition by paths.data_origin, paths.graph_id, paths.part_id, paths.end_part_id
    )
),

-- A clause bears on a country under the most specific of its destinations, as known on that day.
states as (
    select all_states.*
    from
        asked,
        reports.measure_state(asked.as_of, asked.known_on, asked.scenario_id) as all_states
    where
        exists (
            select 1
            from marts.bridge_measure_destinations as places
            where
                all_states.measure_id = places.measure_id
                and all_states.clause_id = places.clause_id
                and all_states.destination = places.destination
                and asked.country_code = places.country_code
                and asked.known_on >= places.known_from
                and (places.known_to is null or asked.known_on < places.known_to)
        )
),

exposures as (
    select
        shares.graph_origin,
        shares.graph_id,
        shares.part_id,
        shares.target_id as measure_id,
        max(shares.exposure_low) filter (where shares.evidence_scope = 'all') as exposure_low,
        max(shares.exposure_share) filter (where shares.evidence_scope = 'all') as exposure_share,
        max(shares.exposure_high) filter (where shares.evidence_scope = 'all') as exposure_high,
        max(shares.weakest_link_share) filter (where shares.evidence_scope = 'all')
            as weakest_link_share,
        max(shares.exposure_share) filter (where shares.evidence_scope = 'verified')
            as verified_exposure_share,
    from marts.fct_exposure_shares as shares
    where shares.scenario_id = 'base' and shares.target_kind = 'measure'
    group by all
)

select
    reached.graph_id,
    reached.part_id as product_id,
    reached.end_part_id as item_id,
    parts.part_name as item_name,
    measures.product_code,
    reached.tier,
    reached.path,
    reached.weight_low,
    reached.weight,
    reached.weight_high,
    reached.paths_to_item,
    sites.site_name,
    sites.firm,
    measures.country_code,
    measures.supply_share_low,
    measures.supply_share_central,
    measures.supply_share_high,
    measures.measure_id,
    measures.clause_id,
    states.state,
    coalesce(states.certainty || '; ', '') || measures.coverage
    || case when measures.unknown_supplier_reason is null then '' else '; supplier unknown' end
        as certainty,
    states.valid_to as state_until,
    measures.licence_type,
    states.user_type,
    states.claim_group,
    exposures.exposure_low,
    exposures.exposure_share,
    exposures.exposure_high,
    exposures.weakest_link_share,
    exposures.verified_exposure_share,
    measures.evidence_class,
    measures.evidence_date,
    reached.is_verified as is_path_verified,
    states.title,
    states.act_title as rests_on,
    states.act_source_url as source_url,
    reached.data_origin,
    reached.paths_told < reached.ways_in_all as has_untold_paths,
    measures.unknown_supplier_reason,
    if(reached.data_origin = 'synthetic', 'Invented sample, not about the world: ', 'Graph ')
    || reached.graph_id || '. Products with controlled items within ' || asked.tiers || ' tiers: '
    || count(distinct reached.part_id) over of_graph || ', of them with an unknown exposure: '
    || count(distinct reached.part_id) filter (exposures.exposure_share is null) over of_graph
    || ' (unknown is not zero). Controlled items: '
    || count(distinct reached.end_part_id) over of_graph || ', under a clause in force: '
    || count(distinct reached.end_part_id) filter (states.state = 'in_force') over of_graph
    || '.' as total_in_words,
from reached
cross join asked
inner join marts.bridge_exposure_measures as measures
    on
        reached.data_origin = measures.data_origin
        and reached.graph_id = measures.graph_id
        and reached.end_part_id = measures.part_id
inner join marts.dim_exposure_part as parts
    on
        reached.data_origin = parts.data_origin
        and reached.graph_id = parts.graph_id
        and reached.end_part_id = parts.part_id
left join marts.dim_exposure_site as sites
    on
        measures.data_origin = sites.data_origin
        and measures.graph_id = sites.graph_id
        and measures.site_id = sites.site_id
inner join states
    on measures.measure_id = states.measure_id and measures.clause_id = states.clause_id
left join exposures
    on
        reached.data_origin = exposures.graph_origin
        and reached.graph_id = exposures.graph_id
        and reached.part_id = exposures.part_id
        and measures.measure_id = exposures.measure_id
where reached.place = 1
window of_graph as (partition by reached.data_origin, reached.graph_id)
order by
    reached.graph_id,
    product_id,
    states.state <> 'in_force',
    exposures.exposure_share desc nulls last,
    reached.tier,
    item_id,
    sites.site_id,
    measures.measure_id,
    measures.clause_id,
    states.user_type,
    states.claim_group;
