-- One row per supply graph: stock positions read by the day, by what is known of them.
select
    positions.data_origin,
    positions.graph_id,
    count(*) as positions,
    count(*) filter (where positions.status = 'known') as known,
    count(*) filter (where positions.status = 'no_use') as no_use,
    count(*) filter (
        where positions.status in ('unknown_stock', 'unknown_use', 'basis_differs')
    ) as not_known,
from marts.fct_stock_cover as positions
where
    positions.scenario_id = 'base'
    and positions.arrivals_case = 'nothing_arrives'
    and positions.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
group by positions.data_origin, positions.graph_id
order by positions.data_origin, positions.graph_id;
