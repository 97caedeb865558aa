{%- set strata = ['material'] -%}
with

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

-- The last 24 month ends; the last one is the as-of date itself.
months as (
    select
        data_origin,
        max(as_of_date) as last_as_of_date,
        unnest(
            generate_series(
                date_trunc('month', max(as_of_date)) - interval 23 month,
                date_trunc('month', max(as_of_date)),
                interval 1 month
            )
        ) as month,
    from cases
    group by data_origin
),

month_ends as (
    select
        data_origin,
        cast(month as date) as month,
        least(last_day(month), last_as_of_date) as month_end_date,
    from months
),

first_months as (
    select
        data_origin,
        min(month) as first_month,
    from month_ends
    group by data_origin
),

followed as (
    select
        cases.data_origin,
        coalesce(cases.material, 'not_stated') as material,
        cases.accepted_date,
        cases.calendar_days as exit_day,
        cases.outcome is not null as is_decided,
        cases.accepted_date + cases.calendar_days as exit_date,
        case
            when cases.observed_from_date > cases.accepted_date
                then cases.entry_calendar_days + 1
        end as late_entry_day,
        greatest(
            cast(
                date_trunc(
                    'month',
                    case
                        when cases.observed_from_date > cases.accepted_date
                            then cases.observed_from_date + 1
                        else cases.accepted_date
                    end
                ) as date
            ),
            first_months.first_month
        ) as first_month,
        greatest(
            cast(date_trunc('month', cases.accepted_date + cases.calendar_days) as date),
            first_months.first_month
        ) as exit_month,
    from cases
    inner join first_months
        using (data_origin)
    where
        cases.accepted_date is not null
        and (
            cases.observed_from_date is null
            or cases.observed_from_date <= cases.accepted_date
            or cases.entry_calendar_days < cases.calendar_days
        )
),

-- What a case adds to the curve of a month end and of all later ones: its exit from the month of
-- the exit on, its late entry from the month in which it comes under observation.
lasting as (
    select
        data_origin,
        {{ licence_stratum(strata) }},
        exit_month as month,
        exit_day as day,
        0 as entered_late,
        count(*) filter (where is_decided) as decided,
        count(*) filter (where not is_decided) as censored,
    from followed
    {{ group_by_licence_strata(['data_origin', 'exit_month', 'exit_day'], strata) }}
    union all
    select
        data_origin,
        {{ licence_stratum(strata) }},
        first_month as month,
        late_entry_day as day,
        count(*) as entered_late,
        0 as decided,
        0 as censored,
    from followed
    where late_entry_day is not null
    {{ group_by_licence_strata(['data_origin', 'first_month', 'late_entry_day'], strata) }}
),

-- Open on the month end: censored that day, and on that day only.
open_months as (
    select
        data_origin,
        material,
        accepted_date,
        cast(
            unnest(generate_series(first_month, exit_month - 1, interval 1 month)) as date
        ) as month,
    from followed
    where first_month < exit_month
),

open_days as (
    select
        data_origin,
        material,
        month,
        last_day(month) - accepted_date as day,
    from open_months
),

passing as (
    select
        data_origin,
        {{ licence_stratum(strata) }},
        month,
        day,
        count(*) as still_open,
    from open_days
    {{ group_by_licence_strata(['data_origin', 'month', 'day'], strata) }}
),

events as (
    select * from lasting
    union all by name
    select
        *,
        0 as entered_late,
        0 as decided,
        0 as censored,
    from passing
),

days as (
    select distinct
        data_origin,
        stratum_kind,
        stratum,
        day,
    from events
),

summed as (
    select
        data_origin,
        stratum_kind,
        stratum,
        month,
        day,
        sum(entered_late) as entered_late,
        sum(decided) as decided,
        sum(censored) as censored,
        sum(still_open) as still_open,
    from events
    group by all
),

-- What lasts is carried on to each later month.
stood as (
    select
        days.data_origin,
        days.stratum_kind,
        days.stratum,
        days.day,
        month_ends.month_end_date,
        coalesce(sum(summed.entered_late) over until_month, 0) as entered_late,
        coalesce(sum(summed.decided) over until_month, 0) as decided,
        coalesce(sum(summed.censored) over until_month, 0)
        + coalesce(summed.still_open, 0) as censored,
    from days
    inner join month_ends
        using (data_origin)
    left join summed
        using (data_origin, stratum_kind, stratum, month, day)
    window
        until_month as (
            partition by days.data_origin, days.stratum_kind, days.stratum, days.day
            order by month_ends.month
            rows between unbounded preceding and current row
        )
),

at_risk as (
    select
        *,
        sum(decided + censored - entered_late) over (
            partition by data_origin, stratum_kind, stratum, month_end_date
        )
        + sum(entered_late - decided - censored) over curve
        + decided
        + censored as at_risk,
    from stood
    where entered_late + decided + censored > 0
    window
        curve as (
            partition by data_origin, stratum_kind, stratum, month_end_date
            order by day
            rows between unbounded preceding and current row
        )
),

estimated as (
    select
        *,
        {{ kaplan_meier('decided', 'at_risk', 'curve') }} as survival,
        {{ greenwood_sum('decided', 'at_risk', 'curve') }} as greenwood,
    from at_risk
    window
        curve as (
            partition by data_origin, stratum_kind, stratum, month_end_date
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
        data_origin,
        stratum_kind,
        stratum,
        month_end_date,
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
    group by all
),

compared as (
    select
        this_month.*,
        earlier.median_days as previous_median_days,
        -- A bound that is not reached lies beyond every day.
        coalesce(this_month.median_low, cast('infinity' as double))
        > coalesce(earlier.median_high, cast('infinity' as double))
        or coalesce(this_month.median_high, cast('infinity' as double))
        < coalesce(earlier.median_low, cast('infinity' as double)) as is_other,
        earlier.month_end_date is not null as has_earlier,
    from by_month as this_month
    left join by_month as earlier
        on
            this_month.data_origin = earlier.data_origin
            and this_month.stratum_kind = earlier.stratum_kind
            and this_month.stratum = earlier.stratum
            and date_trunc('month', this_month.month_end_date)
            = date_trunc('month', earlier.month_end_date) + interval 3 month
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        cast(n as bigint) as n,
        cast(n_events as bigint) as n_events,
        cast(n_censored as bigint) as n_censored,
        cast(median_days as integer) as median_days,
        cast(median_low as integer) as median_low,
        cast(median_high as integer) as median_high,
        cast(p90_days as integer) as p90_days,
        cast(p90_low as integer) as p90_low,
        cast(p90_high as integer) as p90_high,
        cast(previous_median_days as integer) as previous_median_days,
        cast(median_days - previous_median_days as integer) as shift_days,
        case when has_earlier then is_other end as is_shift,
        month_end_date as as_of_date,
    from compared
)

select * from final
order by data_origin, stratum_kind, stratum, as_of_date
