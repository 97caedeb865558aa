-- One row per product, series of sources and year: imports of the EU from outside it and how
-- concentrated they are, of the source that counts for the year (marts.dim_trade_source).
-- `is_lasting_code`: the concordances know the code of that edition as the same goods as HS2022's.
select
    concentration.*,
    exists (
        from marts.bridge_product_editions as editions
        where
            (editions.nomenclature, editions.link, editions.link_certainty)
            = ('HS2022', 'same', 'certain')
            and editions.product_code = concentration.product_code
            and editions.linked_code = concentration.product_code
            and concentration.nomenclature in ('HS2022', editions.linked_nomenclature)
    ) as is_lasting_code,
from temp.annual_imports as concentration
where concentration.reporter_code = 'EU27' and concentration.supplier_scope = 'extra_eu'
qualify
    dense_rank() over (
        partition by concentration.product_code, concentration.series_id, concentration.period
        order by concentration.coverage is not null, concentration.source_rank
    ) = 1
order by concentration.product_code, concentration.series_id, concentration.period;
