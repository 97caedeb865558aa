-- One row per product and country outside the EU27 that supplies a twentieth of the EU's imports of
-- it or more, by value, in the latest year of the source to go by, where no other contradicts it.
-- Each good once: a code of eight digits is left out beside the code of six that holds it.
select
    shares.*,
    products.product_name,
from temp.products
inner join temp.eu_partner_shares as shares using (source_id, nomenclature, product_code, period)
where shares.value_share >= 0.05 and shares.other_reading is null
qualify
    length(shares.product_code) = 6
    or not bool_or(length(shares.product_code) = 6) over (
        partition by shares.partner_iso3, left(shares.product_code, 6)
    )
order by shares.partner_iso3, shares.value_share desc, shares.product_code;
