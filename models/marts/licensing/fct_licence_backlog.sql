with

cases as (select * from {{ ref('int_licensing__cases') }}),

followed as (
    select
        data_origin,
        as_of_date,
        {{ licence_strata() }},
        filed_date,
        decided_date is not null as is_decided,
        coalesce(outcome = 'withdrawn', false) as is_withdrawn,
        {{ month_number('filed_date') }} as first_month,
        {{ month_number('coalesce(decided_date, as_of_date)') }} as last_month,
    from cases
    where filed_date <= as_of_date
),

-- A row for each month in which an application was open on some day.
by_month as (
    select
        *,
        unnest(range(first_month, last_month + 1)) as month_number,
    from followed
),

dated as (
    select
        *,
        month_number > first_month as was_open_before,
        is_decided and month_number = last_month as is_closed,
        least({{ last_day_of_month('month_number') }}, as_of_date) as period_end_date,
    from by_month
),

aged as (
    select
        *,
        case when not is_closed then cast(period_end_date - filed_date as integer) end
            as pending_age_days,
    from dated
),

counted as (
    select
        data_origin,
        as_of_date,
        {{ licence_stratum() }},
        month_number,
        count(*) filter (where was_open_before) as opening,
        count(*) filter (where not was_open_before) as filed,
        count(*) filter (where is_closed and not is_withdrawn) as decided,
        count(*) filter (where is_closed and is_withdrawn) as withdrawn,
        count(*) filter (where not is_closed) as closing,
        count(*) filter (where pending_age_days <= 30) as pending_0_30_days,
        count(*) filter (where pending_age_days between 31 and 60) as pending_31_60_days,
        count(*) filter (where pending_age_days between 61 and 90) as pending_61_90_days,
        count(*) filter (where pending_age_days > 90) as pending_over_90_days,
        quantile_disc(pending_age_days, [0.5, 0.9]) as pending_age_quantiles,
    from aged
    {{ group_by_licence_strata(['data_origin', 'as_of_date', 'month_number']) }}
),

-- Months without any open application are months of zeros.
calendar as (
    select
        data_origin,
        as_of_date,
        stratum_kind,
        stratum,
        unnest(
            range(min(month_number), {{ month_number('as_of_date') }} + 1)
        ) as month_number,
    from counted
    group by data_origin, as_of_date, stratum_kind, stratum
),

filled as (
    select
        calendar.*,
        {{ last_day_of_month('calendar.month_number') }} as month_end_date,
        coalesce(counted.opening, 0) as opening,
        coalesce(counted.filed, 0) as filed,
        coalesce(counted.decided, 0) as decided,
        coalesce(counted.withdrawn, 0) as withdrawn,
        coalesce(counted.closing, 0) as closing,
        coalesce(counted.pending_0_30_days, 0) as pending_0_30_days,
        coalesce(counted.pending_31_60_days, 0) as pending_31_60_days,
        coalesce(counted.pending_61_90_days, 0) as pending_61_90_days,
        coalesce(counted.pending_over_90_days, 0) as pending_over_90_days,
        counted.pending_age_quantiles[1] as p50_pending_age_days,
        counted.pending_age_quantiles[2] as p90_pending_age_days,
        least({{ last_day_of_month('calendar.month_number') }}, calendar.as_of_date)
            as period_end_date,
    from calendar
    left join counted
        using (data_origin, as_of_date, stratum_kind, stratum, month_number)
),

final as (
    select
        filled.* exclude (month_number, month_end_date, p50_pending_age_days, p90_pending_age_days),
        strftime(period_end_date, '%Y-%m') as period,
        {{ significant('(decided + withdrawn) / nullif(filed, 0)') }} as clearance_ratio,
        {{ significant(
            'closing * day(period_end_date) / nullif(decided + withdrawn, 0)'
        ) }} as disposition_days,
        cast(p50_pending_age_days as integer) as p50_pending_age_days,
        cast(p90_pending_age_days as integer) as p90_pending_age_days,
        period_end_date = month_end_date as is_whole_month,
    from filled
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, period
