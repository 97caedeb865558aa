-- A8b: How many applications are pending at each month end, how old, and does the backlog grow?
-- One row per data origin and month: opening + filed = decided + withdrawn + closing. Ages are
-- days since filing. clearance_pct above 100: more were closed than filed. disposition_days: how
-- long the backlog would last at the month's pace. The last month ends on the as-of date.
-- Certainty: `whole month` or `to the as-of date`. `synthetic` before it means that the
-- applications are invented and say nothing about the world.
-- param: material text 'Material as in the applications; default: all together'
-- param: months count 'Months back from the as-of date; default: 12'
-- short: data_origin, period, certainty, opening, filed, decided, closing, pending_over_90_days
-- short: clearance_pct
-- first: period desc 'newest month'
select
    backlog.data_origin,
    backlog.as_of_date,
    backlog.stratum as material,
    backlog.period,
    case backlog.data_origin when 'synthetic' then 'synthetic: ' else '' end
    || case when backlog.is_whole_month then 'whole month' else 'to the as-of date' end
        as certainty,
    backlog.opening,
    backlog.filed,
    backlog.decided,
    backlog.withdrawn,
    backlog.closing,
    backlog.pending_0_30_days,
    backlog.pending_31_60_days,
    backlog.pending_61_90_days,
    backlog.pending_over_90_days,
    backlog.p50_pending_age_days,
    backlog.p90_pending_age_days,
    round(100 * backlog.clearance_ratio, 1) as clearance_pct,
    round(backlog.disposition_days, 1) as disposition_days,
from marts.fct_licence_backlog as backlog
where
    backlog.stratum_kind = if(getvariable('material') is null, 'all', 'material')
    and backlog.stratum
    = coalesce(lower(trim(cast(getvariable('material') as varchar))), backlog.stratum)
    and backlog.period_end_date
    > backlog.as_of_date - to_months(coalesce(cast(getvariable('months') as integer), 12))
order by backlog.data_origin, backlog.as_of_date, backlog.period;
