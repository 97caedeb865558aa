-- One row per state of a timeline over valid and known time, as far as known on the day.
select
    states.* replace (
        if(known_to <= cast(getvariable('as_of') as date), known_to, null) as known_to
    ),
from marts.fct_measure_states as states
where states.known_from <= cast(getvariable('as_of') as date)
order by
    states.measure_id,
    states.clause_id,
    states.user_type,
    states.claim_group,
    states.known_from,
    states.valid_from;
