-- One row per scenario assumed by the day, supply graph and product that the scenario hits or may
-- hit, those of the base first: supply lost, first stock-out against the base, days and euro.
select
    products.scenario_id,
    scenarios.title as scenario_title,
    products.data_origin,
    products.graph_origin,
    products.graph_id,
    products.part_id,
    products.part_name,
    products.cover_status,
    parts.part_name as first_part_name,
    products.missing_inputs,
    products.parts_needed,
    products.parts_with_cover,
    products.parts_hit,
    products.supply_lost_low,
    products.supply_lost_share,
    products.supply_lost_high,
    products.days_earlier_low,
    products.days_earlier_p50,
    products.days_earlier_high,
    products.standstill_eur_per_day_low,
    products.standstill_eur_per_day_high,
    products.value_at_risk_low_eur,
    products.value_at_risk_high_eur,
    products.first_stock_out_date_p10,
    products.first_stock_out_date_p50,
    products.first_stock_out_date_p90,
    products.base_first_stock_out_date_p50,
    products.as_of_date,
from marts.fct_scenario_products as products
inner join marts.dim_scenario as scenarios
    using (scenario_id)
left join marts.dim_exposure_part as parts
    on
        products.graph_origin = parts.data_origin
        and products.graph_id = parts.graph_id
        and products.first_part_id = parts.part_id
where
    coalesce(scenarios.assumed_on <= cast(getvariable('as_of') as date), true)
    and (
        products.scenario_id = 'base'
        or products.supply_lost_high > 0
        or products.parts_hit > 0
    )
order by
    products.graph_origin,
    products.graph_id,
    products.scenario_id <> 'base',
    scenarios.title,
    products.value_at_risk_high_eur desc nulls last,
    products.days_earlier_p50 desc nulls last,
    products.supply_lost_share desc nulls last,
    products.first_stock_out_date_p10 nulls last,
    products.part_id;
