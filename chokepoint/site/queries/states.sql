-- One row per timeline of law (measure, clause, destination, user type, reading): its state on the
-- day, as known on the day. Law and reports only: what takes a burden away is relief.
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
from
    reports.measure_state(
        cast(getvariable('as_of') as date), cast(getvariable('as_of') as date)
    ) as states
inner join marts.dim_measure as measures using (measure_id)
left join marts.dim_act as acts on states.measure_id = acts.act_id
left join marts.dim_measure_state as vocabulary using (state)
order by states.measure_id, states.clause_id, states.user_type, states.claim_group;
