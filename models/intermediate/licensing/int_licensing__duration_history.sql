{{ config(materialized='table') }}

{%- set strata = ['material'] %}

with

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

-- The last 24 month ends; the last one is the as-of date itself.
origins as (
    select
        data_origin,
        max(as_of_date) as last_as_of_date,
        {{ month_number('max(as_of_date)') }} - 23 as first_month,
    from cases
    group by data_origin
),

months as (
    select
        *,
        unnest(range(first_month, first_month + 24)) as month_number,
    from origins
),

month_ends as (
    select
        data_origin,
        month_number,
        least({{ last_day_of_month('month_number') }}, last_as_of_date) as month_end_date,
    from months
),

timed as (
    select
        cases.data_origin,
        coalesce(cases.material, 'not_stated') as material,
        cases.accepted_date,
        cases.calendar_days as exit_day,
        cases.outcome is not null as is_decided,
        origins.first_month as first_month_of_all,
        cases.accepted_date + cases.calendar_days as exit_date,
        case
            when cases.observed_from_date > cases.accepted_date
                then cases.entry_calendar_days + 1
        end as late_entry_day,
    from cases
    inner join origins
        on cases.data_origin = origins.data_origin
    where cases.accepted_date is not null
),

followed as (
    select
        *,
        greatest(
            {{ month_number('(accepted_date + coalesce(late_entry_day, 0))') }}, first_month_of_all
        ) as first_month,
        greatest({{ month_number('exit_date') }}, first_month_of_all) as exit_month,
    from timed
    where coalesce(late_entry_day, 0) <= exit_day
),

-- What a case adds to the curve of a month end and of all later ones: its exit from the month of
-- the exit on, its late entry from the month in which it comes under observation. A case open on a
-- month end is censored that day, and on that day only.
open_months as (
    select
        data_origin,
        material,
        accepted_date,
        unnest(range(first_month, exit_month)) as month_number,
    from followed
    where first_month < exit_month
),

events as (
    select
        data_origin,
        material,
        exit_month as month_number,
        exit_day as day,
        case when is_decided then 'decided' else 'censored' end as event,
    from followed
    union all
    select
        data_origin,
        material,
        first_month as month_number,
        late_entry_day as day,
        'late_entry' as event,
    from followed
    where late_entry_day is not null
    union all
    select
        data_origin,
        material,
        month_number,
        {{ last_day_of_month('month_number') }} - accepted_date as day,
        'still_open' as event,
    from open_months
),

counted as (
    select
        data_origin,
        {{ licence_stratum(strata) }},
        month_number,
        cast(day as integer) as day,
        event,
        count(*) as event_count,
    from events
    {{ group_by_licence_strata(['data_origin', 'month_number', 'day', 'event'], strata) }}
),

-- Numbers join and sort faster than names.
curves as (
    select
        data_origin,
        stratum_kind,
        stratum,
        row_number() over (order by data_origin, stratum_kind, stratum) as curve_number,
    from counted
    group by data_origin, stratum_kind, stratum
),

summed as (
    select
        curves.curve_number,
        counted.month_number,
        counted.day,
        coalesce(sum(counted.event_count) filter (where counted.event = 'late_entry'), 0)
            as entered_late,
        coalesce(sum(counted.event_count) filter (where counted.event = 'decided'), 0)
            as decided,
        coalesce(sum(counted.event_count) filter (where counted.event = 'censored'), 0)
            as censored,
        coalesce(sum(counted.event_count) filter (where counted.event = 'still_open'), 0)
            as still_open,
    from counted
    inner join curves
        on
            counted.data_origin = curves.data_origin
            and counted.stratum_kind = curves.stratum_kind
            and counted.stratum = curves.stratum
    group by curves.curve_number, counted.month_number, counted.day
),

-- Every day of a curve in every month, for what lasts is carried on to each later one.
days as (
    select distinct
        curve_number,
        day,
    from summed
),

curve_months as (
    select
        curves.curve_number,
        month_ends.month_number,
    from curves
    inner join month_ends
        on curves.data_origin = month_ends.data_origin
),

laid_out as (
    select
        curve_number,
        month_number,
        day,
        entered_late,
        decided,
        censored,
        still_open,
    from summed
    union all
    select
        days.curve_number,
        curve_months.month_number,
        days.day,
        0 as entered_late,
        0 as decided,
        0 as censored,
        0 as still_open,
    from days
    inner join curve_months
        on days.curve_number = curve_months.curve_number
    anti join summed
        on
            days.curve_number = summed.curve_number
            and curve_months.month_number = summed.month_number
            and days.day = summed.day
),

stood as (
    select
        curve_number,
        month_number,
        day,
        cast(sum(entered_late) over until_month as integer) as entered_late,
        cast(sum(decided) over until_month as integer) as decided,
        cast(sum(censored) over until_month + still_open as integer) as censored,
    from laid_out
    window
        until_month as (
            partition by curve_number, day
            order by month_number
            rows between unbounded preceding and current row
        )
),

-- At risk: who leaves on the day or later, less who enters only after it.
at_risk as (
    select
        *,
        sum(decided + censored - entered_late) over (
            partition by curve_number, month_number
            order by day desc
            rows between unbounded preceding and current row
        )
        + entered_late as at_risk,
    from stood
    where entered_late + decided + censored > 0
),

estimated as (
    select
        curve_number,
        month_number,
        day,
        decided,
        censored,
        {{ kaplan_meier('decided', 'at_risk', 'curve') }} as survival,
        {{ greenwood_sum('decided', 'at_risk', 'curve') }} as greenwood,
    from at_risk
    window
        curve as (
            partition by curve_number, month_number
            order by day
            rows between unbounded preceding and current row
        )
),

bounded as (
    select
        *,
        {{ log_log_bound('survival', 'greenwood', 1) }} as survival_low,
        {{ log_log_bound('survival', 'greenwood', -1) }} as survival_high,
    from estimated
),

by_month as (
    select
        curve_number,
        month_number,
        max(day) as follow_up_days,
        sum(decided) + sum(censored) as n,
        sum(decided) as n_events,
        sum(censored) as n_censored,
        {{ first_day_at_or_below('survival', 0.5) }} as median_days,
        {{ first_day_at_or_below('survival_low', 0.5) }} as median_low,
        {{ first_day_at_or_below('survival_high', 0.5) }} as median_high,
        {{ first_day_at_or_below('survival', 0.1) }} as p90_days,
        {{ first_day_at_or_below('survival_low', 0.1) }} as p90_low,
        {{ first_day_at_or_below('survival_high', 0.1) }} as p90_high,
    from bounded
    group by curve_number, month_number
),

compared as (
    select
        this_month.*,
        earlier.median_days as previous_median_days,
        -- A bound that is not reached lies beyond the days that were watched, not beyond every day:
        -- a young register has seen no long case, fast or slow. With fewer than 30 decided cases
        -- (our choice) the last one at risk can take the curve to 0, and its interval with it.
        least(this_month.n_events, earlier.n_events) >= 30
        and coalesce(
            coalesce(this_month.median_low, this_month.follow_up_days + 1) > earlier.median_high
            or coalesce(earlier.median_low, earlier.follow_up_days + 1) > this_month.median_high,
            false
        ) as is_other,
        earlier.month_number is not null as has_earlier,
    from by_month as this_month
    left join by_month as earlier
        on
            this_month.curve_number = earlier.curve_number
            and this_month.month_number = earlier.month_number + 3
),

final as (
    select
        curves.data_origin,
        curves.stratum_kind,
        curves.stratum,
        cast(compared.n as bigint) as n,
        cast(compared.n_events as bigint) as n_events,
        cast(compared.n_censored as bigint) as n_censored,
        cast(compared.median_days as integer) as median_days,
        cast(compared.median_low as integer) as median_low,
        cast(compared.median_high as integer) as median_high,
        cast(compared.p90_days as integer) as p90_days,
        cast(compared.p90_low as integer) as p90_low,
        cast(compared.p90_high as integer) as p90_high,
        cast(compared.previous_median_days as integer) as previous_median_days,
        cast(compared.median_days - compared.previous_median_days as integer) as shift_days,
        case when compared.has_earlier then compared.is_other end as is_shift,
        month_ends.month_end_date as as_of_date,
    from compared
    inner join curves
        on compared.curve_number = curves.curve_number
    inner join month_ends
        on
            curves.data_origin = month_ends.data_origin
            and compared.month_number = month_ends.month_number
)

select * from final
