-- One row per data origin, route (or all) and day of a fixed list: how many were still watched and
-- undecided, and how many had left the curve by then because nobody has decided them yet.
select
    curves.data_origin,
    curves.stratum_kind,
    curves.stratum,
    days.day,
    curves.as_of_date,
    coalesce(
        min(curves.at_risk) filter (where curves.day = days.day),
        arg_max(
            curves.at_risk - curves.approved - curves.refused - curves.withdrawn - curves.expired
            - curves.censored,
            curves.day
        ) filter (where curves.day < days.day)
    ) as at_risk,
from marts.fct_licence_survival as curves
cross join (select unnest([0, 15, 30, 45, 60, 90, 120, 180, 240]) as day) as days
where
    curves.clock = 'working_days'
    and curves.stratum_kind in ('all', 'route')
    and curves.as_of_date <= getvariable('as_of')
group by all
order by curves.data_origin, curves.stratum_kind, curves.stratum, days.day;
