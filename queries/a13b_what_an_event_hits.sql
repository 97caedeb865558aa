-- A13b: A site, firm or country is hit: what draws on it, who else has it, how long do stocks last?
-- One row per event, target and part of a supply graph that draws on it, the latest event first.
-- Targets are our own reading of the event, `basis` says why. `part_share_lost` is what the target
-- supplies of the part: lost if it stops, which the event need not say (a court freezes assets).
-- Unknown shares count as nothing below and as all above, with no central value.
-- Questions a12 and a13 add its inputs: their unknown suppliers widen the upper bound. Days left
-- run to the first stock-out in half of the draws; empty where no stock is known, which is not
-- zero.
-- Certainty: `declared or inferred` where every supplier hit has a share or a least share, else
-- `bounds_only`. `synthetic` before it: the graph is invented and says nothing about the world.
-- param: event text 'Event, as in marts.fct_events, such as E026; default: all of them'
-- param: graph text 'Supply graph, such as sample-carmaker; default: all'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later events and later knowledge of the law; default: as_of'
-- found in: marts.fct_event_hits event=event_id graph=graph_id
-- short: event_id, target_name, certainty, part_name, part_share_lost_low, part_share_lost_high
-- short: alternative_count, days_left, graph_id, basis
-- first: 'event'
select
    hits.event_id,
    hits.event_date,
    hits.target_kind,
    hits.target_id,
    hits.target_name,
    targets.basis,
    case hits.data_origin when 'synthetic' then 'synthetic: ' else '' end
    || case when hits.supply_lost is null then 'bounds_only' else 'declared or inferred' end
        as certainty,
    hits.part_id,
    hits.part_name,
    hits.material,
    round(hits.supply_lost_low, 4) as part_share_lost_low,
    round(hits.supply_lost, 4) as part_share_lost,
    round(hits.supply_lost_high, 4) as part_share_lost_high,
    hits.products_affected,
    hits.product_names,
    hits.firms,
    hits.alternative_count,
    hits.alternatives,
    hits.exemptions,
    hits.days_left,
    hits.cover_text,
    hits.event_description,
    hits.graph_id,
    hits.data_origin,
    if(
        getvariable('event') is null, null,
        hits.event_date || ', ' || hits.event_id || ': ' || hits.event_description
        || ' Parts that draw on what it hits, by graph '
        || hits.graph_id || if(hits.data_origin = 'synthetic', ' (an invented sample)', '') || ': '
        || count(distinct hits.part_id) over (partition by hits.event_id, hits.graph_id)
        || '. Their supply is lost if that stops; whether it did is not recorded here.'
    ) as total_in_words,
from
    reports.crisis(
        null, cast(getvariable('as_of') as date), cast(getvariable('known_on') as date)
    ) as hits
inner join marts.bridge_event_targets as targets using (event_id, target_kind, target_id)
where
    hits.event_id = coalesce(upper(trim(cast(getvariable('event') as varchar))), hits.event_id)
    and coalesce(hits.graph_id = lower(trim(cast(getvariable('graph') as varchar))), true)
order by
    hits.event_date desc,
    hits.event_id,
    hits.graph_id,
    hits.supply_lost_high desc,
    hits.target_id,
    hits.part_id;
