-- One row per supply graph, kind of target and target among the first eight: share of the products'
-- input value that hangs on it, with bounds, and whether verified rows alone show it. Of countries
-- those outside the EU.
select
    chokepoints.data_origin,
    chokepoints.graph_id,
    chokepoints.target_kind,
    chokepoints.target_id,
    coalesce(
        case when sites.site_name = sites.firm then sites.firm end,
        sites.site_name || ', ' || sites.firm,
        acts.instrument_no,
        countries.country_name,
        chokepoints.target_id
    ) as target_name,
    chokepoints.chokepoint_rank,
    chokepoints.products,
    chokepoints.products_reached,
    chokepoints.mean_exposure_low,
    chokepoints.mean_exposure_share,
    chokepoints.mean_exposure_high,
    case
        when verified.mean_exposure_share > 0 or verified.mean_exposure_low > 0 then 'verified'
        else 'declared or inferred'
    end as certainty,
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
    on chokepoints.target_kind = 'measure' and chokepoints.target_id = acts.act_id
left join marts.dim_country as countries
    on
        chokepoints.target_kind = 'country'
        and chokepoints.target_id = countries.country_iso3
where
    chokepoints.evidence_scope = 'all'
    and chokepoints.scenario_id = 'base'
    and chokepoints.target_kind in ('country', 'measure', 'site', 'firm')
    and not coalesce(countries.is_eu27_member, false)
qualify
    row_number() over (
        partition by chokepoints.data_origin, chokepoints.graph_id, chokepoints.target_kind
        order by chokepoints.chokepoint_rank, chokepoints.target_id
    ) <= 8
order by
    chokepoints.data_origin,
    chokepoints.graph_id,
    chokepoints.target_kind,
    chokepoints.chokepoint_rank,
    chokepoints.target_id;
