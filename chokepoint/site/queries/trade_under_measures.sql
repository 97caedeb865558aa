-- One row per partner, product and state: imports of the EU under measures on the day, as known on
-- the day, weighed by the latest complete year. Rows that are part of another must not be added.
select
    trade.*,
    products.product_name,
from
    reports.trade_under_measures(
        'EU27', null, cast(getvariable('as_of') as date), cast(getvariable('as_of') as date)
    ) as trade
left join marts.dim_product as products
    on
        trade.product_code = products.product_code
        and left(trade.nomenclature, 2) = products.nomenclature_family
where trade.measure_count > 0
order by trade.value_eur_high desc nulls last, trade.product_code, trade.state;
