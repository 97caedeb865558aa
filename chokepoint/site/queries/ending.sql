-- One row per timeline of a restriction whose suspension, exemption or term ends within 90 days of
-- the day, or has passed its end with no later act.
select
    ending.*,
    acts.standing,
    acts.jurisdiction,
    acts.severity_weight is not null as restricts_goods,
from
    reports.measures_ending(
        cast(getvariable('as_of') as date), 90, cast(getvariable('as_of') as date)
    ) as ending
inner join marts.dim_act as acts
    on ending.measure_id = acts.act_id
order by ending.days_left, ending.measure_id, ending.clause_id;
