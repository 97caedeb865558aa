-- One row per data origin and working day up to 250, a year: share still undecided, with its 95 %
-- interval, and share approved, refused, withdrawn or expired by then. The five add up to one.
select
    curves.data_origin,
    curves.day,
    curves.at_risk,
    curves.survival,
    curves.survival_low,
    curves.survival_high,
    curves.survival as pending,
    curves.approved_incidence as approved,
    curves.refused_incidence as refused,
    curves.withdrawn_incidence as withdrawn,
    curves.expired_incidence as expired,
    curves.as_of_date,
from marts.fct_licence_survival as curves
where
    curves.clock = 'working_days'
    and curves.stratum_kind = 'all'
    and curves.day <= 250
    and curves.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by curves.data_origin, curves.as_of_date desc, curves.day;
