-- One row per act that is aimed at the importer by name or lists its firms: its strictest state on
-- the day, as known on known_on.
select
    min(places.named) as named,
    min(states.jurisdiction) as jurisdiction,
    min(states.instrument_no) as instrument_no,
    min(states.title) as title,
    min(states.source_url) as source_url,
    min(states.state_rank) as state_rank,
    arg_min(states.state, states.state_rank) as state,
    arg_min(states.valid_from, states.state_rank) as since,
    arg_min(states.certainty, states.state_rank) as certainty,
    arg_min(states.certainty = 'imprecise_date', states.state_rank) as is_imprecise,
from temp.briefing_states as states
inner join marts.bridge_measure_destinations as places using (measure_id, clause_id, destination)
where
    states.claim_group = 'base'
    and places.country_code = getvariable('importer')
    and places.named is not null
    and places.known_from <= getvariable('known_on')
    and coalesce(places.known_to > getvariable('known_on'), true)
group by states.measure_id
order by state_rank, since desc, states.measure_id;
