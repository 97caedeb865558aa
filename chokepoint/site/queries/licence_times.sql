-- One row per material and origin of the register: how long licences take, pending cases censored.
select
    data_origin,
    stratum as material,
    n as application_count,
    n_censored as pending_count,
    median_days,
    median_low,
    median_high,
    p90_days,
    median_text,
    p90_text,
    as_of_date,
from marts.fct_licence_durations
where
    stratum_kind = 'material'
    and clock = 'calendar_days'
    and as_of_date <= cast(getvariable('as_of') as date)
order by data_origin, stratum;
