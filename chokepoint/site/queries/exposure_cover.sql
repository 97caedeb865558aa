-- One row per supply graph and stock position among the sixteen that run out first where licences
-- are awaited: days of cover from the reading of the stock, P10, P50 and P90 of the draws.
with

awaited as (
    select *
    from marts.fct_stock_cover
    where
        scenario_id = 'base'
        and status = 'known'
        and licences_awaited > 0
        and as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
),

shown as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        row_number() over (
            partition by data_origin, graph_id
            order by days_of_cover_p50, part_id, site_id
        ) as position_rank,
    from awaited
    where arrivals_case = 'licences_at_quantiles'
    qualify position_rank <= 12
)

select
    awaited.data_origin,
    awaited.graph_id,
    awaited.part_name || ', ' || awaited.site_name as position_name,
    awaited.material,
    awaited.quantity_basis,
    awaited.arrivals_case,
    shown.position_rank,
    awaited.licences_awaited,
    awaited.open_orders,
    case when isfinite(awaited.days_of_cover_p10) then awaited.days_of_cover_p10 end
        as days_of_cover_p10,
    case when isfinite(awaited.days_of_cover_p50) then awaited.days_of_cover_p50 end
        as days_of_cover_p50,
    case when isfinite(awaited.days_of_cover_p90) then awaited.days_of_cover_p90 end
        as days_of_cover_p90,
    awaited.stock_out_date_p50,
    awaited.as_of_date,
from awaited
inner join shown
    using (data_origin, graph_id, site_id, part_id, quantity_basis)
where awaited.arrivals_case in ('nothing_arrives', 'licences_at_quantiles', 'licences_at_p90')
order by awaited.data_origin, awaited.graph_id, shown.position_rank, awaited.arrivals_case;
