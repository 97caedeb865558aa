-- One row per calendar day on which something happened to an own application: share still
-- undecided, with its 95 % interval, of all own applications of the latest reading. None where
-- fewer than ten are decided: they judge no open one.
select
    curves.data_origin,
    curves.day,
    curves.at_risk,
    curves.survival,
    curves.survival_low,
    curves.survival_high,
    curves.as_of_date,
from marts.fct_licence_survival as curves
where
    curves.data_origin = 'own'
    and curves.clock = 'calendar_days'
    and curves.stratum_kind = 'all'
    and curves.as_of_date <= cast(getvariable('as_of') as date)
qualify
    curves.as_of_date = max(curves.as_of_date) over ()
    and sum(curves.approved + curves.refused + curves.withdrawn + curves.expired)
        over (partition by curves.as_of_date) >= 10
order by curves.day;
