-- One row per product and clause of law that lists it, with the share of the code it can cover.
select
    coverage.*,
    measures.instrument_no,
    measures.title,
    measures.measure_type,
    measures.jurisdiction,
    measures.materials,
    measures.source_url,
from marts.bridge_product_coverage as coverage
inner join marts.dim_measure as measures using (measure_id)
order by coverage.product_code, measures.jurisdiction, coverage.measure_id, coverage.clause_id;
