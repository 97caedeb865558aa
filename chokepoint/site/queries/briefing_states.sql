-- One row per legal status of a restriction on goods that holds on the day, as known on known_on:
-- whether its clause reaches the importer, or has no recorded destination. The other queries of a
-- briefing read it as temp.briefing_states.
with

places as (
    select
        measure_id,
        clause_id,
        destination,
        bool_or(country_code = cast(getvariable('importer') as varchar)) as is_reaching,
    from marts.bridge_measure_destinations
    where
        known_from <= cast(getvariable('known_on') as date)
        and coalesce(known_to > cast(getvariable('known_on') as date), true)
    group by all
)

select
    states.*,
    acts.jurisdiction,
    vocabulary.state_rank,
    coalesce(places.is_reaching, false) as is_reaching,
    places.is_reaching is null as is_unrecorded,
from
    reports.measure_state(
        cast(getvariable('as_of') as date), cast(getvariable('known_on') as date)
    ) as states
inner join marts.dim_act as acts
    on
        states.measure_id = acts.act_id
        and acts.standing <> 'relief'
        and acts.severity_weight is not null
inner join marts.dim_measure_state as vocabulary using (state)
left join places using (measure_id, clause_id, destination);
