-- One row per position of an own supply graph with open orders: how many wait for a licence, how
-- many count in no case, and when the stock runs out.
select *
from marts.fct_stock_cover
where
    graph_origin = 'own'
    and scenario_id = 'base'
    and arrivals_case = 'licences_at_quantiles'
    and (open_orders > 0 or orders_in_other_basis > 0)
order by graph_id, stock_out_date_p10 nulls last, part_id, site_id, quantity_basis;
