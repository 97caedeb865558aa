-- One row per supply graph, event until the day and target that it hits: the parts that lose supply
-- by it, the least and greatest share that one of them loses, and how many have another supplier.
select
    data_origin,
    graph_id,
    event_date,
    any_value(event_description) as event_description,
    any_value(target_name) as target_name,
    string_agg(part_name, '; ' order by supply_lost_high desc, part_name) as part_names,
    min(supply_lost_low) as supply_lost_low,
    max(supply_lost_high) as supply_lost_high,
    count(*) filter (where alternative_count > 0) as parts_with_alternatives,
    any_value(products_affected) as products_affected,
from
    reports.crisis(null, getvariable('as_of'), getvariable('as_of'))
group by data_origin, graph_id, event_id, event_date, target_kind, target_id
order by data_origin, graph_id, event_date desc, event_id, target_id;
