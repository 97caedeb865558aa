-- A5: On whom does the EU depend for a product, and how concentrated are its suppliers?
-- One row per supplier of the product in the period, the largest first. Sources and
-- nomenclature editions stand side by side; they are never mixed.
-- Certainty: `complete`, or what part of the flows the source covers.
-- param: product_code text 'HS6 or CN8 code; default: 850511, permanent magnets of metal'
-- param: period text 'Year or month (2024, 2024-03); default: 2024'
-- param: reporter_code text 'EU27 or ISO alpha-3; default: EU27'
-- param: supplier_scope text 'extra_eu or all; default: extra_eu'
-- param: top integer 'Suppliers shown per source; default: 5'
select
    shares.source_id,
    shares.nomenclature,
    shares.product_code,
    shares.period,
    shares.partner_iso3,
    round(100 * shares.value_share, 1) as value_share_pct,
    round(100 * shares.mass_share, 1) as mass_share_pct,
    round(shares.import_value_eur / 1e6, 1) as import_value_meur,
    round(shares.net_mass_kg / 1e3) as net_mass_t,
    round(concentration.hhi_value, 3) as hhi_value,
    coalesce(concentration.coverage, 'complete') as certainty,
from marts.fct_partner_shares as shares
inner join marts.fct_import_concentration as concentration
    using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
where
    shares.product_code = coalesce(cast(getvariable('product_code') as varchar), '850511')
    and shares.period = coalesce(cast(getvariable('period') as varchar), '2024')
    and shares.reporter_code = coalesce(cast(getvariable('reporter_code') as varchar), 'EU27')
    and shares.supplier_scope
    = coalesce(cast(getvariable('supplier_scope') as varchar), 'extra_eu')
    and shares.supplier_rank <= coalesce(cast(getvariable('top') as integer), 5)
order by shares.source_id, shares.nomenclature, shares.supplier_rank;
