-- One row per product and country outside the EU27 that supplies a twentieth of the EU's imports of
-- it or more, by value, in the latest year of the source to go by. Reads temp.products.
select
    products.product_code,
    products.product_name,
    products.period,
    products.source_id,
    shares.partner_iso3,
    shares.import_value_eur,
    shares.value_share,
    shares.supplier_rank,
from temp.products
inner join marts.fct_partner_shares as shares
    on
        products.source_id = shares.source_id
        and products.nomenclature = shares.nomenclature
        and products.product_code = shares.product_code
        and products.period = shares.period
where
    shares.reporter_code = 'EU27'
    and shares.supplier_scope = 'extra_eu'
    and shares.value_share >= 0.05
order by shares.partner_iso3, shares.value_share desc, products.product_code;
