-- One row per data origin and days waited already: how much longer until half, and nine in ten, of
-- those who have waited as long are decided. Working days.
select
    waiting.data_origin,
    waiting.waiting_days,
    waiting.n_waiting,
    waiting.p50_remaining_days,
    waiting.p90_remaining_days,
    waiting.p50_remaining_text,
    waiting.p90_remaining_text,
    waiting.as_of_date,
from marts.fct_licence_waiting as waiting
where
    waiting.clock = 'working_days'
    and waiting.stratum_kind = 'all'
    and waiting.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by waiting.data_origin, waiting.as_of_date desc, waiting.waiting_days;
