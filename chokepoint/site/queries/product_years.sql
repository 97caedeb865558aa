-- One row per product, source and year: imports of the EU from outside it and how concentrated
-- they are. Sources are never mixed in one series.
select
    product_code,
    source_id,
    nomenclature,
    period,
    coverage,
    import_value_eur,
    net_mass_kg,
    hhi_value,
    hhi_mass,
    hhi_value_low,
    hhi_value_high,
    effective_suppliers,
    supplier_count,
    top_supplier_iso3,
    top_supplier_value_share,
    unknown_partner_value_share,
    is_partial_partner_list,
    is_small_cell,
from marts.fct_import_concentration
where
    reporter_code = 'EU27'
    and supplier_scope = 'extra_eu'
    and frequency = 'annual'
    and cast(period || '-12-31' as date) < cast(getvariable('as_of') as date)
order by product_code, source_id, period;
