-- One row per data origin and days waited already: how much longer until half, and nine in ten, of
-- those who have waited as long are decided. Working days.
select *
from marts.fct_licence_waiting
where
    clock = 'working_days'
    and stratum_kind = 'all'
    and as_of_date <= getvariable('as_of')
order by data_origin, as_of_date desc, waiting_days;
