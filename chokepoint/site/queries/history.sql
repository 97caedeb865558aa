-- One row per state of a timeline over valid and known time, as far as known on the day.
select * replace (if(known_to <= getvariable('as_of'), known_to, null) as known_to)
from marts.fct_measure_states
where known_from <= getvariable('as_of')
order by measure_id, clause_id, user_type, claim_group, known_from, valid_from;
