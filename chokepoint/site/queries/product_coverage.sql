-- One row per product, clause of law that lists it, way by which its code was matched and share of
-- the code it can cover, with the editions of the code for which that is so.
select
    coverage.* exclude (coverage.nomenclature, coverage.listed_codes, coverage.link),
    string_agg(coverage.nomenclature, ', ' order by coverage.nomenclature) as editions,
    measures.instrument_no,
    measures.title,
    measures.measure_type,
    measures.jurisdiction,
    measures.materials,
    measures.source_url,
from marts.bridge_product_coverage as coverage
inner join marts.dim_measure as measures using (measure_id)
group by all
order by coverage.product_code, measures.jurisdiction, coverage.measure_id, coverage.clause_id,
    coverage.match_basis, editions;
