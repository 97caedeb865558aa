with

month_end_counts as (select * from {{ ref('int_licensing__month_end_counts') }}),

estimated as (
    select
        *,
        {{ kaplan_meier('decided', 'at_risk', 'curve') }} as survival,
        {{ greenwood_sum('decided', 'at_risk', 'curve') }} as greenwood,
    from month_end_counts
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
        data_origin,
        stratum_kind,
        stratum,
        curve_number,
        month_number,
        month_end_date,
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
    group by all
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
