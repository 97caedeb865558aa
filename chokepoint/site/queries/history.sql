-- One row per state of a timeline over valid and known time, as far as known on the day.
select
    states.measure_id,
    states.clause_id,
    states.destination,
    states.user_type,
    states.claim_group,
    states.state,
    states.certainty,
    states.is_disputed,
    states.valid_from,
    states.valid_to,
    states.known_from,
    case
        when states.known_to <= cast(getvariable('as_of') as date) then states.known_to
    end as known_to,
    states.instrument_no,
    states.title,
    states.clause_title,
    states.act_instrument_no,
    states.act_title,
    states.act_source_url,
from marts.fct_measure_states as states
where states.known_from <= cast(getvariable('as_of') as date)
order by
    states.measure_id,
    states.clause_id,
    states.user_type,
    states.claim_group,
    states.known_from,
    states.valid_from;
