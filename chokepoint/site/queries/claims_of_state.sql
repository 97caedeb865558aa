-- One row per claim about the state of a measure that stands against another, known on the day.
select
    claims.*,
    measures.instrument_no,
    measures.title,
from marts.fct_state_claims as claims
inner join marts.dim_measure as measures using (measure_id)
where claims.is_disputed and claims.known_on <= getvariable('as_of')
order by claims.measure_id, claims.claim_group = 'base' desc, claims.claim_id;
