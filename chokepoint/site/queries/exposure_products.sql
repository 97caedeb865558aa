-- One row per scenario assumed by the day, supply graph and product that the scenario hits or may
-- hit, those of the base first: supply lost, first stock-out against the base, days and euro.
select
    products.*,
    products.part_name as label,
    coalesce(products.days_earlier_high, products.days_earlier_p50) as days_earlier_end,
    greatest(products.first_stock_out_date_p10 - getvariable('as_of'), 0) as days_p10,
    greatest(products.first_stock_out_date_p50 - getvariable('as_of'), 0) as days_p50,
    greatest(products.first_stock_out_date_p90 - getvariable('as_of'), 0) as days_p90,
    scenarios.title as scenario_title,
    parts.part_name as first_part_name,
from marts.fct_scenario_products as products
inner join marts.dim_scenario as scenarios
    using (scenario_id)
left join marts.dim_exposure_part as parts
    on
        products.graph_origin = parts.data_origin
        and products.graph_id = parts.graph_id
        and products.first_part_id = parts.part_id
where
    coalesce(scenarios.assumed_on <= getvariable('as_of'), true)
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
