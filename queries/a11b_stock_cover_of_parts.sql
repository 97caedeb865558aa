-- A11b: When does each part at a site run out: with no arrivals, as planned, or after licences?
-- One row per position (a part at a site in one unit basis) and case of arrivals, earliest first.
-- `reason` says why a figure is missing. p10: a tenth of the draws are out by then.
-- licence_decided_cases: decided applications used for the licence times of licence_strata. With
-- fewer than ten no time is drawn, and the waiting orders are among orders_left_out.
-- Certainty: the status. `synthetic` before it means that the graph or the licence curve is
-- invented.
-- param: graph text 'Supply graph; default: all of them'
-- param: site text 'Site that holds the stock; default: all'
-- param: material text 'Material of the part; default: all'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: base'
-- param: arrivals text 'Case of arrivals, such as nothing_arrives; default: all'
-- found in: marts.fct_stock_cover graph=graph_id site=site_id scenario=scenario_id material
-- short: part_name, site_id, certainty, arrivals_case, stock_out_date_p10, days_p10, days_p50
-- short: reason, graph_id
-- first: stock_out_date_p10 'first stock-out'
with

asked as (
    select
        coalesce(lower(trim(cast(getvariable('scenario') as varchar))), 'base') as scenario,
        lower(trim(cast(getvariable('graph') as varchar))) as graph,
        trim(cast(getvariable('site') as varchar)) as site,
        lower(trim(cast(getvariable('material') as varchar))) as material,
        lower(trim(cast(getvariable('arrivals') as varchar))) as arrivals,
)

select
    cover.scenario_id,
    cover.graph_id,
    cover.site_id,
    cover.part_id,
    coalesce(cover.part_name, cover.part_id) as part_name,
    cover.material,
    cover.quantity_basis,
    cover.arrivals_case,
    case
        when cover.graph_origin = 'synthetic' or cover.licence_curve_origin = 'synthetic'
            then 'synthetic: '
        else ''
    end || cover.status as certainty,
    cover.reason,
    cover.quantity,
    round(cover.daily_use, 3) as daily_use,
    cover.use_months,
    round(cover.days_of_cover_p10, 1) as days_p10,
    round(cover.days_of_cover_p50, 1) as days_p50,
    round(cover.days_of_cover_p90, 1) as days_p90,
    cover.stock_out_date_p10,
    cover.stock_out_date_p50,
    cover.stock_out_date_p90,
    cover.open_orders,
    cover.licences_awaited,
    cover.orders_left_out,
    cover.orders_in_other_basis,
    cover.licence_strata,
    cover.licence_decided_cases,
    cover.as_of_date,
from marts.fct_stock_cover as cover
cross join asked
where
    cover.scenario_id = asked.scenario
    and cover.graph_id = coalesce(asked.graph, cover.graph_id)
    and cover.site_id = coalesce(asked.site, cover.site_id)
    and cover.arrivals_case = coalesce(asked.arrivals, cover.arrivals_case)
    and (
        asked.material is null
        or lower(coalesce(cover.material, 'not_stated')) = asked.material
    )
order by
    cover.graph_id, cover.days_of_cover_p10 nulls last, cover.site_id, cover.part_id,
    cover.quantity_basis, cover.arrivals_case;
