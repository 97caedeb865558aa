-- One row per data origin, route (or all) and working day: share still undecided, with its 95 %
-- interval, up to 250 working days, a year.
select
    curves.data_origin,
    curves.stratum_kind,
    curves.stratum,
    curves.day,
    curves.at_risk,
    curves.survival,
    curves.survival_low,
    curves.survival_high,
    curves.as_of_date,
from marts.fct_licence_survival as curves
where
    curves.clock = 'working_days'
    and curves.stratum_kind in ('all', 'route')
    and curves.day <= 250
    and curves.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by
    curves.data_origin, curves.as_of_date desc, curves.stratum_kind, curves.stratum, curves.day;
