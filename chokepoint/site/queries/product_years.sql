-- One row per product, series of sources and year: imports of the EU from outside it and how
-- concentrated they are, of the source that counts for the year (marts.dim_trade_source).
-- `is_lasting_code`: the concordances know the code of that edition as the same goods as HS2022's.
select
    concentration.*,
    sources.series_id,
    sources.source_name,
    exists (
        from marts.bridge_product_editions as editions
        where
            (editions.nomenclature, editions.link, editions.link_certainty)
            = ('HS2022', 'same', 'certain')
            and editions.product_code = concentration.product_code
            and editions.linked_code = concentration.product_code
            and concentration.nomenclature in ('HS2022', editions.linked_nomenclature)
    ) as is_lasting_code,
from marts.fct_import_concentration as concentration
inner join marts.dim_trade_source as sources using (source_id)
where
    concentration.reporter_code = 'EU27'
    and concentration.supplier_scope = 'extra_eu'
    and concentration.frequency = 'annual'
    and cast(concentration.period || '-12-31' as date) < cast(getvariable('as_of') as date)
qualify
    dense_rank() over (
        partition by concentration.product_code, sources.series_id, concentration.period
        order by concentration.coverage is not null, sources.source_rank
    ) = 1
order by concentration.product_code, sources.series_id, concentration.period;
