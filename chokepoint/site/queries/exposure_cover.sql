-- One row per supply graph and stock position among the twelve that run out first where licences
-- are awaited: days of cover from the reading of the stock, P10, P50 and P90 of the draws if
-- licences take as long as before; P50 if they are slow, and if nothing arrives. Null: a year.
select
    data_origin,
    graph_id,
    part_id,
    part_name || ', ' || site_name as label,
    licences_awaited,
    max(stock_out_date_p50) filter (arrivals_case = 'licences_at_quantiles') as stock_out_date_p50,
    nullif(max(days_of_cover_p10) filter (arrivals_case = 'licences_at_quantiles'), 'inf') as low,
    nullif(max(days_of_cover_p50) filter (where arrivals_case = 'licences_at_quantiles'), 'inf')
        as middle,
    nullif(max(days_of_cover_p90) filter (arrivals_case = 'licences_at_quantiles'), 'inf') as high,
    nullif(max(days_of_cover_p50) filter (arrivals_case = 'licences_at_p90'), 'inf') as slowest,
    nullif(max(days_of_cover_p50) filter (arrivals_case = 'nothing_arrives'), 'inf') as nothing,
    row_number() over (
        partition by data_origin, graph_id
        order by coalesce(middle, 'inf'), part_id, site_id
    ) as position_rank,
from marts.fct_stock_cover
where
    scenario_id = 'base'
    and status = 'known'
    and licences_awaited > 0
    and as_of_date <= getvariable('as_of')
group by data_origin, graph_id, part_id, site_id, quantity_basis, label, licences_awaited
qualify position_rank <= 12
order by data_origin, graph_id, position_rank;
