-- One row per source, code, year and partner of the EU27's imports from outside it, with the whole.
select
    wholes.source_id,
    wholes.nomenclature,
    wholes.product_code,
    wholes.period,
    wholes.import_value_eur as whole_value_eur,
    shares.partner_iso3,
    shares.import_value_eur,
    shares.value_share,
    shares.mass_share,
from marts.fct_import_concentration as wholes
left join marts.fct_partner_shares as shares
    on
        wholes.reporter_code = shares.reporter_code
        and wholes.supplier_scope = shares.supplier_scope
        and wholes.source_id = shares.source_id
        and wholes.nomenclature = shares.nomenclature
        and wholes.product_code = shares.product_code
        and wholes.period = shares.period
where wholes.reporter_code = 'EU27' and wholes.supplier_scope = 'extra_eu';
