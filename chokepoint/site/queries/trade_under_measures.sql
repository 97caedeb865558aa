-- One row per partner, product and state: imports of the EU under measures on the day, as known on
-- the day, weighed by the latest complete year. Rows that are part of another must not be added:
-- `all_low` and `all_high` are the sums of those of a product and state that are none.
select
    trade.*,
    round(sum(trade.value_eur_low) filter (where trade.part_of_product_code is null) over sums, 2)
        as all_low,
    round(sum(trade.value_eur_high) filter (where trade.part_of_product_code is null) over sums, 2)
        as all_high,
    products.product_name,
from
    reports.trade_under_measures('EU27', null, getvariable('as_of'), getvariable('as_of')) as trade
left join marts.dim_product as products
    on
        trade.product_code = products.product_code
        and left(trade.nomenclature, 2) = products.nomenclature_family
where trade.measure_count > 0
window sums as (partition by trade.product_code, trade.state)
order by trade.value_eur_high desc nulls last, trade.product_code, trade.state;
