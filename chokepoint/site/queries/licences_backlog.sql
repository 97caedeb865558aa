-- One row per data origin and month: opening + filed = decided + withdrawn + closing, and the age
-- of what is pending, in days since filing.
select
    backlog.data_origin,
    backlog.period,
    backlog.opening,
    backlog.filed,
    backlog.decided,
    backlog.withdrawn,
    backlog.closing,
    backlog.pending_0_30_days,
    backlog.pending_31_60_days,
    backlog.pending_61_90_days,
    backlog.pending_over_90_days,
    backlog.period_end_date,
    backlog.as_of_date,
from marts.fct_licence_backlog as backlog
where
    backlog.stratum_kind = 'all'
    and backlog.as_of_date <= coalesce(cast(getvariable('as_of') as date), current_date)
order by backlog.data_origin, backlog.as_of_date desc, backlog.period;
