-- One row per data origin, route (or all) and day of a fixed list: how many were still watched and
-- undecided, and how many had left the curve by then because nobody has decided them yet.
with

days as (
    select unnest([0, 15, 30, 45, 60, 90, 120, 180, 240]) as day
),

curves as (
    select *
    from marts.fct_licence_survival
    where
        clock = 'working_days'
        and stratum_kind in ('all', 'route')
        and as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
)

select
    curves.data_origin,
    curves.stratum_kind,
    curves.stratum,
    days.day,
    coalesce(
        min(curves.at_risk) filter (where curves.day = days.day),
        arg_max(
            curves.at_risk - curves.approved - curves.refused - curves.withdrawn - curves.expired
            - curves.censored,
            curves.day
        ) filter (where curves.day < days.day)
    ) as at_risk,
    curves.as_of_date,
from curves
cross join days
group by
    curves.data_origin, curves.as_of_date, curves.stratum_kind, curves.stratum, days.day
order by curves.data_origin, curves.stratum_kind, curves.stratum, days.day;
