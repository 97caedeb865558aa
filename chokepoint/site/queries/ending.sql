-- One row per timeline of a restriction whose suspension, exemption or term ends within 90 days of
-- the day, or has passed its end with no later act.
select
    ending.*,
    acts.standing,
    acts.jurisdiction,
    acts.severity_weight is not null as restricts_goods,
    destinations.importers,
from
    reports.measures_ending(
        getvariable('as_of'), 90, coalesce(getvariable('known_on'), getvariable('as_of'))
    ) as ending
inner join marts.dim_act as acts
    on ending.measure_id = acts.act_id
left join temp.destinations as destinations using (measure_id, clause_id, destination)
order by ending.days_left, ending.measure_id, ending.clause_id;
