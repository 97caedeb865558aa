-- One row per supply graph: stock positions by what is known of them.
select
    positions.data_origin,
    positions.graph_id,
    sum(positions.positions) as positions,
    sum(positions.known) as known,
    sum(positions.no_use) as no_use,
    sum(positions.unknown_stock) as unknown_stock,
    sum(positions.unknown_use) as unknown_use,
    sum(positions.basis_differs) as basis_differs,
from reports.rpt_stock_cover_unknown as positions
group by positions.data_origin, positions.graph_id
order by positions.data_origin, positions.graph_id;
