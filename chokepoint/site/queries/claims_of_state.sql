-- One row per claim about the state of a measure that stands against another, known on the day.
select
    claims.measure_id,
    measures.instrument_no,
    measures.title,
    claims.claim_group,
    claims.mapped_state,
    claims.derived_states,
    claims.valid_from,
    claims.valid_to,
    claims.known_on,
    claims.source_title,
    claims.source_url,
    claims.note,
from marts.fct_state_claims as claims
inner join marts.dim_measure as measures on claims.measure_id = measures.measure_id
where claims.is_disputed and claims.known_on <= cast(getvariable('as_of') as date)
order by claims.measure_id, claims.claim_group = 'base' desc, claims.claim_id;
