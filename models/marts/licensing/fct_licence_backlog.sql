with

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

followed as (
    select
        data_origin,
        as_of_date,
        {{ licence_strata() }},
        filed_date,
        decided_date,
        coalesce(outcome = 'withdrawn', false) as is_withdrawn,
        cast(date_trunc('month', filed_date) as date) as first_month,
        cast(date_trunc('month', coalesce(decided_date, as_of_date)) as date) as last_month,
    from cases
    where filed_date <= as_of_date
),

-- A row for each month in which an application was open on some day.
by_month as (
    select
        *,
        cast(unnest(generate_series(first_month, last_month, interval 1 month)) as date) as month,
    from followed
),

dated as (
    select
        *,
        least(last_day(month), as_of_date) as period_end_date,
        month > first_month as was_open_before,
        decided_date is not null and month = last_month as is_closed,
    from by_month
),

aged as (
    select
        *,
        case when not is_closed then period_end_date - filed_date end as pending_age_days,
    from dated
),

counted as (
    select
        data_origin,
        as_of_date,
        {{ licence_stratum() }},
        month,
        count(*) filter (where was_open_before) as opening,
        count(*) filter (where not was_open_before) as filed,
        count(*) filter (where is_closed and not is_withdrawn) as decided,
        count(*) filter (where is_closed and is_withdrawn) as withdrawn,
        count(*) filter (where not is_closed) as closing,
        count(*) filter (where pending_age_days <= 30) as pending_0_30_days,
        count(*) filter (where pending_age_days between 31 and 60) as pending_31_60_days,
        count(*) filter (where pending_age_days between 61 and 90) as pending_61_90_days,
        count(*) filter (where pending_age_days > 90) as pending_over_90_days,
        quantile_disc(pending_age_days, 0.5) as p50_pending_age_days,
        quantile_disc(pending_age_days, 0.9) as p90_pending_age_days,
    from aged
    {{ group_by_licence_strata(['data_origin', 'as_of_date', 'month']) }}
),

-- Months without any open application are months of zeros.
calendar as (
    select
        data_origin,
        as_of_date,
        stratum_kind,
        stratum,
        cast(
            unnest(
                generate_series(min(month), date_trunc('month', as_of_date), interval 1 month)
            ) as date
        ) as month,
    from counted
    group by data_origin, as_of_date, stratum_kind, stratum
),

filled as (
    select
        calendar.*,
        strftime(calendar.month, '%Y-%m') as period,
        coalesce(counted.opening, 0) as opening,
        coalesce(counted.filed, 0) as filed,
        coalesce(counted.decided, 0) as decided,
        coalesce(counted.withdrawn, 0) as withdrawn,
        coalesce(counted.closing, 0) as closing,
        coalesce(counted.pending_0_30_days, 0) as pending_0_30_days,
        coalesce(counted.pending_31_60_days, 0) as pending_31_60_days,
        coalesce(counted.pending_61_90_days, 0) as pending_61_90_days,
        coalesce(counted.pending_over_90_days, 0) as pending_over_90_days,
        counted.p50_pending_age_days,
        counted.p90_pending_age_days,
        least(last_day(calendar.month), calendar.as_of_date) as period_end_date,
    from calendar
    left join counted
        using (data_origin, as_of_date, stratum_kind, stratum, month)
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        period,
        opening,
        filed,
        decided,
        withdrawn,
        closing,
        pending_0_30_days,
        pending_31_60_days,
        pending_61_90_days,
        pending_over_90_days,
        {{ significant('(decided + withdrawn) / nullif(filed, 0)') }} as clearance_ratio,
        {{ significant(
            'closing * (period_end_date - month + 1) / nullif(decided + withdrawn, 0)'
        ) }} as disposition_days,
        cast(p50_pending_age_days as integer) as p50_pending_age_days,
        cast(p90_pending_age_days as integer) as p90_pending_age_days,
        period_end_date = last_day(month) as is_whole_month,
        period_end_date,
        as_of_date,
    from filled
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, period
