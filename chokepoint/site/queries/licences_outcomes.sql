-- One row per data origin and working day: share of all accepted applications that was approved,
-- refused, withdrawn or had expired by then, and share still pending. The five add up to one.
select
    curves.data_origin,
    curves.day,
    curves.approved_incidence as approved,
    curves.refused_incidence as refused,
    curves.withdrawn_incidence as withdrawn,
    curves.expired_incidence as expired,
    curves.survival as pending,
    curves.as_of_date,
from marts.fct_licence_survival as curves
where
    curves.clock = 'working_days'
    and curves.stratum_kind = 'all'
    and curves.day <= 250
    and curves.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by curves.data_origin, curves.as_of_date desc, curves.day;
