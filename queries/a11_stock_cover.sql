-- A11: How long does the stock of a material last at a site, and how much of it is unknown?
-- One row per graph, site and material: the part that runs out first. Days count from as_of_date.
-- as_planned: open orders arrive as promised. if_nothing: no order arrives. at_licences: orders
-- that need a licence arrive after a time drawn from the curve. at_p90: they arrive after the time
-- by which nine in ten are decided. A tenth of the draws are out by p10, the cautious figure.
-- first_part_out and first_stock_out_p10 belong to as_planned. licence_times_rest_on: the curves
-- used for at_licences and at_p90, with the smallest number of decided applications in any of
-- them. With fewer than ten the curve of all materials is used. If that has fewer too, no time is
-- drawn and the waiting orders are among orders_left_out.
-- Certainty: `quantiles of draws`, `unknown`, `no use`. `synthetic` before it means that the graph
-- or the licence curve is invented and says nothing about the world.
-- param: graph text 'Supply graph; default: all of them'
-- param: site text 'Site that holds the stock; default: all'
-- param: material text 'Material of the part; default: all'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: base'
-- found in: marts.fct_stock_cover graph=graph_id site=site_id scenario=scenario_id material
-- short: material, site_id, certainty, as_of_date, days_if_nothing_p10, days_as_planned_p10
-- short: days_at_licences_p10, first_stock_out_p10, unknown_pct, first_part_out, graph_id
-- first: first_stock_out_p10 'first stock-out'
with

asked as (
    select
        coalesce(lower(trim(cast(getvariable('scenario') as varchar))), 'base') as scenario,
        lower(trim(cast(getvariable('graph') as varchar))) as graph,
        trim(cast(getvariable('site') as varchar)) as site,
        lower(trim(cast(getvariable('material') as varchar))) as material,
),

positions as (
    select
        cover.*,
        cover.arrivals_case = 'orders_as_planned' as is_planned,
        cover.arrivals_case = 'nothing_arrives' as is_nothing,
        cover.arrivals_case = 'licences_at_quantiles' as is_drawn,
        cover.arrivals_case = 'licences_at_p90' as is_at_p90,
        coalesce(cover.material, 'not_stated') as material_name,
        cover.status in ('unknown_stock', 'unknown_use', 'basis_differs') as is_unknown,
        cover.graph_origin = 'synthetic' or cover.licence_curve_origin = 'synthetic'
            as is_synthetic,
    from marts.fct_stock_cover as cover
    cross join asked
    where
        cover.scenario_id = asked.scenario
        and cover.graph_id = coalesce(asked.graph, cover.graph_id)
        and cover.site_id = coalesce(asked.site, cover.site_id)
        and (
            asked.material is null
            or lower(coalesce(cover.material, 'not_stated')) = asked.material
        )
)

select
    positions.scenario_id,
    positions.graph_id,
    positions.site_id,
    any_value(positions.site_name) as site_name,
    positions.material_name as material,
    case when bool_or(coalesce(positions.is_synthetic, false)) then 'synthetic: ' else '' end
    || case
        when bool_or(positions.status = 'known') then 'quantiles of draws'
        when bool_or(positions.is_unknown) then 'unknown'
        else 'no use'
    end as certainty,
    count(*) filter (positions.is_nothing) as positions,
    round(100 * avg(cast(positions.is_unknown as integer)), 1) as unknown_pct,
    arg_min(positions.part_name, positions.days_of_cover_p10) filter (positions.is_planned)
        as first_part_out,
    min(positions.stock_out_date_p10) filter (positions.is_planned) as first_stock_out_p10,
    round(min(positions.days_of_cover_p10) filter (positions.is_planned), 1) as days_as_planned_p10,
    round(min(positions.days_of_cover_p50) filter (positions.is_planned), 1) as days_as_planned_p50,
    round(min(positions.days_of_cover_p10) filter (positions.is_nothing), 1) as days_if_nothing_p10,
    round(min(positions.days_of_cover_p50) filter (positions.is_nothing), 1) as days_if_nothing_p50,
    round(min(positions.days_of_cover_p10) filter (positions.is_drawn), 1) as days_at_licences_p10,
    round(min(positions.days_of_cover_p50) filter (positions.is_drawn), 1) as days_at_licences_p50,
    round(min(positions.days_of_cover_p90) filter (positions.is_drawn), 1) as days_at_licences_p90,
    round(min(positions.days_of_cover_p50) filter (positions.is_at_p90), 1) as days_at_p90_p50,
    sum(positions.licences_awaited) filter (positions.is_nothing) as licences_awaited,
    sum(positions.orders_left_out) filter (positions.is_drawn) as orders_left_out,
    string_agg(
        distinct
        case
            when positions.licence_decided_cases is null then 'no register'
            when positions.licence_curve_origin is null then 'refused: too few decided'
            when positions.is_wider_licence_stratum
                then positions.licence_strata || ' (too few of the material)'
            else positions.licence_strata
        end,
        '; '
    ) filter (positions.is_drawn and positions.licences_awaited > 0) as licence_times_rest_on,
    min(positions.licence_decided_cases) filter (positions.is_drawn) as licence_decided_cases,
    min(positions.as_of_date) as as_of_date,
from positions
group by
    positions.scenario_id,
    positions.data_origin,
    positions.graph_origin,
    positions.graph_id,
    positions.site_id,
    positions.material_name
order by
    positions.scenario_id, positions.graph_id, days_if_nothing_p10 nulls last, positions.site_id,
    material;
