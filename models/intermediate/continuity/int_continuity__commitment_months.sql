with

series as (
    select * from {{ ref('int_continuity__series') }}
),

commitment_series as (
    select * from {{ ref('int_continuity__commitment_series') }}
),

commitments as (
    select * from {{ ref('stg_events__commitments') }}
),

baselines as (
    select * from {{ ref('int_continuity__baselines') }}
),

deviations as (
    select * from {{ ref('int_continuity__deviations') }}
),

-- Months of the baseline are held against its level, later ones against what it lets expect.
months as (
    select
        commitments.commitment_id,
        commitment_series.series_role,
        commitment_series.source_id,
        series.data_origin,
        series.period,
        coalesce(baselines.baseline_method, 'not_measurable') as baseline_method,
        coalesce(baselines.traded_month_count, 0) as traded_month_count,
        baselines.deviation_log,
        baselines.lag_one_correlation,
        cast(
            date_diff('month', commitments.made_on, series.period_start) as integer
        ) as months_since,
        series.period between commitments.placebo_from and commitments.placebo_to as is_before,
        case when series.is_known then
            cast(
                if(commitments.indicator = 'value', series.value_eur, series.net_mass_kg) as double
            )
        end as amount,
        case
            when baselines.baseline_method <> 'not_measurable'
                then coalesce(deviations.expected_amount, exp(baselines.level_log))
        end as expected_amount,
        series.period_end,
        series.known_from,
    from commitment_series
    inner join commitments
        on commitment_series.commitment_id = commitments.commitment_id
    inner join series
        on commitment_series.series_number = series.series_number
    left join baselines
        on
            commitment_series.series_number = baselines.series_number
            and commitment_series.baseline_end = baselines.baseline_end
            and commitments.indicator = baselines.indicator
    left join deviations
        on
            commitment_series.series_number = deviations.series_number
            and commitment_series.baseline_end = deviations.baseline_end
            and commitments.indicator = deviations.indicator
            and series.period = deviations.period
),

final as (
    select
        months.commitment_id,
        months.series_role,
        months.source_id,
        months.data_origin,
        months.period,
        months.baseline_method,
        months.traded_month_count,
        months.deviation_log,
        months.lag_one_correlation,
        months.months_since,
        months.is_before,
        months.months_since >= commitments.lag_months
        and months.months_since < commitments.lag_months + commitments.window_months as is_judged,
        months.amount,
        months.expected_amount,
        months.amount / months.expected_amount as ratio,
        months.period_end,
        months.known_from,
    from months
    inner join commitments
        on months.commitment_id = commitments.commitment_id
)

select * from final
