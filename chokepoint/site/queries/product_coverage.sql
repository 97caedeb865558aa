-- One row per product and clause of law that lists it, with the share of the code it can cover.
select
    coverage.product_code,
    coverage.nomenclature_family,
    coverage.measure_id,
    coverage.clause_id,
    coverage.coverage,
    coverage.share_low,
    coverage.share_central,
    coverage.share_high,
    coverage.match_basis,
    measures.instrument_no,
    measures.title,
    measures.measure_type,
    measures.jurisdiction,
    measures.materials,
    measures.source_url,
from marts.bridge_product_coverage as coverage
inner join marts.dim_measure as measures on coverage.measure_id = measures.measure_id
order by coverage.product_code, measures.jurisdiction, coverage.measure_id, coverage.clause_id;
