-- One row per supply graph, kind of target and target among the first: share of the products'
-- input value that hangs on it, with bounds, and whether verified rows alone show it. Of countries
-- those outside the EU.
select
    chokepoints.* exclude (chokepoints.graph_origin),
    chokepoints.target_kind as kind,
    chokepoints.target_kind || '/' || chokepoints.target_id as key,
    coalesce(
        if(sites.site_name = sites.firm, sites.firm, sites.site_name || ', ' || sites.firm),
        acts.instrument_no,
        countries.country_name,
        chokepoints.target_id
    ) as label,
    chokepoints.mean_exposure_low as low,
    chokepoints.mean_exposure_share as middle,
    chokepoints.mean_exposure_high as high,
    if(
        verified.mean_exposure_share > 0 or verified.mean_exposure_low > 0,
        'verified',
        'declared or inferred'
    ) as certainty,
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
    on chokepoints.target_kind = 'country' and chokepoints.target_id = countries.country_iso3
where
    chokepoints.evidence_scope = 'all'
    and chokepoints.scenario_id = 'base'
    and chokepoints.target_kind in ('country', 'measure', 'firm', 'site')
    and not coalesce(countries.is_eu27_member, false)
    -- Own plants make the products; that these pass through them is no news.
    and chokepoints.target_id not like 'own-%'
qualify
    row_number() over (
        partition by chokepoints.data_origin, chokepoints.graph_id, kind
        order by chokepoints.chokepoint_rank, chokepoints.target_id
    ) <= case kind when 'country' then 5 when 'measure' then 4 when 'site' then 3 else 2 end
order by
    chokepoints.data_origin,
    chokepoints.graph_id,
    list_position(['country', 'measure', 'firm', 'site'], kind),
    chokepoints.chokepoint_rank,
    chokepoints.target_id;
