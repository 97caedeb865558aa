-- One row per supply graph, stock position of the six where licences matter most, case of arrivals
-- and week: share of the draws in which the stock has run out by then.
select
    fan.data_origin,
    fan.graph_id,
    fan.position_name,
    fan.position_rank,
    fan.arrivals,
    fan.week,
    fan.share_of_draws_out,
    fan.week_end_date,
    fan.as_of_date,
from reports.rpt_plot_stock_out_fan as fan
where
    fan.position_rank <= 4
    and fan.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by fan.data_origin, fan.graph_id, fan.position_rank, fan.arrivals, fan.week;
