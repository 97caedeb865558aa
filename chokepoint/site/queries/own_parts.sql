-- One row per position of own stock, and per other own part that is bought: first to run out first,
-- with its suppliers, the law on it, its orders and what is not known.
with

positions as (
    select
        *,
        min(nullif(days_of_cover_p50, 'inf')) filter (arrivals_case = 'nothing_arrives') over (
            partition by data_origin, graph_id, site_id, part_id, quantity_basis
        ) as days_if_nothing,
    from marts.fct_stock_cover
    where graph_origin = 'own' and scenario_id = 'base'
    qualify arrivals_case = 'licences_at_quantiles'
),

suppliers as (
    select
        links.data_origin,
        links.graph_id,
        links.part_id,
        string_agg(
            distinct sites.firm || coalesce(', ' || countries.country_name, ''), '; '
            order by sites.firm || coalesce(', ' || countries.country_name, '')
        ) as suppliers,
    from marts.bridge_exposure_suppliers as links
    inner join marts.dim_exposure_site as sites using (data_origin, graph_id, site_id)
    left join marts.dim_country as countries
        on sites.country_code = countries.country_iso3
    group by links.data_origin, links.graph_id, links.part_id
),

parts as (
    select *
    from marts.dim_exposure_part
    where data_origin = 'own' and part_kind <> 'final'
)

select
    part_id,
    coalesce(parts.part_name, part_id) as part_name,
    graph_id,
    coalesce(positions.site_name, positions.site_id) as site_name,
    suppliers.suppliers,
    part_states.law || ': ' || part_states.measures as law,
    positions.days_if_nothing,
    positions.stock_out_date_p10,
    positions.stock_out_date_p50,
    positions.open_orders,
    positions.licences_awaited,
    concat_ws(
        '; ',
        if(positions.part_id is null, 'no stock of it', positions.reason),
        if(parts.part_id is null, 'not among the parts', null),
        if(suppliers.part_id is null, 'no supplier', null),
        'orders of no known day: ' || nullif(positions.orders_left_out, 0),
        'orders in another unit: ' || nullif(positions.orders_in_other_basis, 0)
    ) as missing,
from positions
full outer join parts using (data_origin, graph_id, part_id)
left join suppliers using (data_origin, graph_id, part_id)
left join temp.exposure_part_states as part_states using (data_origin, graph_id, part_id)
order by
    positions.stock_out_date_p10 nulls last, positions.part_id is null, graph_id, part_id,
    positions.site_id, positions.quantity_basis;
