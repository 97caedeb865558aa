-- One row per supply graph: stock positions read by the day, by what is known of them.
select
    data_origin,
    graph_id,
    count(*) as positions,
    count(*) filter (where status = 'known') as known,
    count(*) filter (where status = 'no_use') as no_use,
    count(*) filter (status in ('unknown_stock', 'unknown_use', 'basis_differs')) as not_known,
from marts.fct_stock_cover
where
    scenario_id = 'base'
    and arrivals_case = 'nothing_arrives'
    and as_of_date <= getvariable('as_of')
group by all
order by data_origin, graph_id;
