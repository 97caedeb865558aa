-- One row per source, code, year and partner of the EU27's imports from outside it, with the whole.
select
    source_id,
    wholes.source_rank,
    wholes.series_id,
    nomenclature,
    product_code,
    period,
    wholes.import_value_eur as whole_value_eur,
    wholes.other_reading,
    shares.* exclude (source_id, nomenclature, product_code, period),
from temp.annual_imports as wholes
left join marts.fct_partner_shares as shares
    using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
where reporter_code = 'EU27' and supplier_scope = 'extra_eu';
