-- One row per timeline of law (measure, clause, destination, user type, reading): its state on the
-- day, as known on the day or on known_on, and the importers that its destination takes in (null:
-- not recorded). Law and reports only: what takes a burden away is relief.
select
    states.*,
    measures.jurisdiction,
    measures.measure_type,
    measures.materials,
    measures.note,
    acts.standing,
    acts.instrument,
    acts.severity_weight is not null as restricts_goods,
    vocabulary.state_rank,
    vocabulary.is_over,
    case
        when state in ('in_force', 'exempted') then 'in_force'
        when state in ('suspended', 'suspended_before_effect') then 'suspended'
        when state in ('announced', 'proposed') then 'coming'
        when state in ('lapsed_presumed', 'unknown') then state
        else 'over'
    end as state_group,
    destinations.importers,
from
    reports.measure_state(
        getvariable('as_of'), coalesce(getvariable('known_on'), getvariable('as_of'))
    ) as states
left join temp.destinations as destinations using (measure_id, clause_id, destination)
inner join marts.dim_measure as measures using (measure_id)
left join marts.dim_act as acts on states.measure_id = acts.act_id
left join marts.dim_measure_state as vocabulary using (state)
order by states.measure_id, states.clause_id, states.user_type, states.claim_group;
