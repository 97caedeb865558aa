-- One row per position of an own supply graph with open orders: how many wait for a licence, how
-- many count in no case, and when the stock runs out.
select
    cover.data_origin,
    cover.graph_id,
    cover.part_name,
    cover.site_name,
    cover.material,
    cover.status,
    cover.reason,
    cover.open_orders,
    cover.licences_awaited,
    cover.orders_left_out,
    cover.orders_in_other_basis,
    cover.stock_out_date_p10,
    cover.stock_out_date_p50,
    cover.as_of_date,
from marts.fct_stock_cover as cover
where
    cover.graph_origin = 'own'
    and cover.scenario_id = 'base'
    and cover.arrivals_case = 'licences_at_quantiles'
    and (cover.open_orders > 0 or cover.orders_in_other_basis > 0)
order by
    cover.graph_id,
    cover.stock_out_date_p10 nulls last,
    cover.part_id,
    cover.site_id,
    cover.quantity_basis;
