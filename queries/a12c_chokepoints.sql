-- A12c: On which site, firm, country or controlled item do the products depend?
-- One row per supply graph and target, ordered by mean exposure within a kind of target. It says
-- how many products depend on it. It has the exposure with bounds, the weakest link, and the same
-- from verified rows alone. The firm's plants are targets too. Unknown shares are empty, never 0.
-- Certainty: `verified` where verified rows alone give a known share above zero, else `declared or
-- inferred`. The bounds say how much is unknown.
-- param: graph text 'Supply graph, such as sample-carmaker; default: all'
-- param: target_kind text 'site, firm, country, measure or what a scenario changes; default: all'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: base'
-- gone: most 'use --all'
-- found in: marts.fct_chokepoints graph=graph_id scenario=scenario_id
-- short: target_kind, chokepoint_rank, data_origin, certainty, target_name, products_reached
-- short: products, mean_exposure_low, mean_exposure_high, graph_id
-- first: chokepoint_rank 'rank'
select
    chokepoints.graph_id,
    chokepoints.target_kind,
    chokepoints.chokepoint_rank,
    chokepoints.target_id,
    coalesce(
        if(sites.site_name = sites.firm, sites.firm, sites.site_name || ', ' || sites.firm),
        acts.title, countries.country_name, chokepoints.target_id
    ) as target_name,
    acts.instrument_no,
    countries.is_eu27_member,
    case
        when verified.mean_exposure_share > 0 or verified.mean_exposure_low > 0 then 'verified'
        else 'declared or inferred'
    end as certainty,
    chokepoints.products,
    chokepoints.products_reached,
    chokepoints.reached_share,
    chokepoints.products_reached_hidden,
    chokepoints.mean_exposure_low,
    chokepoints.mean_exposure_share,
    chokepoints.mean_exposure_high,
    chokepoints.largest_exposure_share,
    chokepoints.mean_weakest_link_share,
    coalesce(verified.products_reached, 0) as verified_products_reached,
    verified.mean_exposure_share as verified_mean_exposure_share,
    verified.chokepoint_rank as verified_rank,
    chokepoints.scenario_id,
    chokepoints.data_origin,
from marts.fct_chokepoints as chokepoints
left join marts.fct_chokepoints as verified
    on
        verified.evidence_scope = 'verified'
        and chokepoints.scenario_id = verified.scenario_id
        and chokepoints.graph_origin = verified.graph_origin
        and chokepoints.graph_id = verified.graph_id
        and chokepoints.target_kind = verified.target_kind
        and chokepoints.target_id = verified.target_id
left join marts.dim_exposure_site as sites
    on
        chokepoints.target_kind = 'site'
        and chokepoints.graph_origin = sites.data_origin
        and chokepoints.graph_id = sites.graph_id
        and chokepoints.target_id = sites.site_id
left join marts.dim_act as acts
    on
        chokepoints.target_kind in ('measure', 'newly_controlled')
        and chokepoints.target_id = acts.act_id
left join marts.dim_country as countries
    on
        chokepoints.target_kind = 'country'
        and chokepoints.target_id = countries.country_iso3
where
    chokepoints.evidence_scope = 'all'
    and chokepoints.scenario_id
    = coalesce(lower(trim(cast(getvariable('scenario') as varchar))), 'base')
    and coalesce(chokepoints.graph_id = cast(getvariable('graph') as varchar), true)
    and coalesce(chokepoints.target_kind = cast(getvariable('target_kind') as varchar), true)
order by
    chokepoints.graph_id, chokepoints.target_kind, chokepoints.chokepoint_rank,
    chokepoints.target_id;
