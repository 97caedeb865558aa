-- One row per supply graph, event until the day and target that it hits: the parts that lose supply
-- by it, the least and greatest share that one of them loses, and how many have another supplier.
select
    hits.data_origin,
    hits.graph_id,
    hits.event_date,
    any_value(hits.event_description) as event_description,
    any_value(hits.target_name) as target_name,
    count(*) as parts,
    string_agg(hits.part_name, '; ' order by hits.supply_lost_high desc, hits.part_name)
        as part_names,
    min(hits.supply_lost_low) as supply_lost_low,
    max(hits.supply_lost_high) as supply_lost_high,
    count(*) filter (where hits.alternative_count > 0) as parts_with_alternatives,
    any_value(hits.products_affected) as products_affected,
from
    reports.crisis(
        null,
        coalesce(cast(getvariable('as_of') as date), current_date),
        coalesce(cast(getvariable('as_of') as date), current_date)
    ) as hits
group by
    hits.data_origin, hits.graph_id, hits.event_id, hits.event_date, hits.target_kind,
    hits.target_id
order by hits.data_origin, hits.graph_id, hits.event_date desc, hits.event_id, hits.target_id;
