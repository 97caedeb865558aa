with

series as (select * from {{ ref('int_continuity__series') }}),
baselines as (select * from {{ ref('int_continuity__baselines') }}),
stl_expectations as (select * from {{ ref('int_continuity__stl_expectations') }}),

-- From the month of the announcement on.
months as (
    select
        baselines.*,
        series.period,
        case when series.is_known then
            case baselines.indicator
                when 'value' then cast(series.value_eur as double)
                when 'mass' then cast(series.net_mass_kg as double)
                else series.unit_value_eur_per_kg
            end
        end as amount,
        case baselines.baseline_method
            when 'stl' then stl_expectations.expected_log
            when 'median_level' then baselines.level_log
            when 'seasonal_naive'
                then coalesce(
                    baselines.seasonal_logs[cast(month(series.period_start) as integer)],
                    baselines.level_log
                )
        end as expected_log,
        -- The standard deviation of the logarithms that a median absolute deviation means, if they
        -- are normal. A month that is expected to equal one other month has the noise of both.
        1.4826 * baselines.deviation_log
        * case baselines.baseline_method when 'seasonal_naive' then sqrt(2.0) else 1.0 end
            as scale_log,
    from baselines
    inner join series
        on baselines.series_number = series.series_number
    left join stl_expectations
        on
            baselines.series_number = stl_expectations.series_number
            and baselines.baseline_end = stl_expectations.baseline_end
            and baselines.indicator = stl_expectations.indicator
            and month(series.period_start) = stl_expectations.calendar_month
    where series.period_end >= baselines.baseline_end
),

scored as (
    select
        *,
        exp(expected_log) as expected_amount,
        -- In logarithms, and never narrower than from 80 % to 125 %, so that a quiet past does not
        -- make a small change odd.
        greatest(
            {{ continuity('odd_score') }} * scale_log, -ln({{ continuity('continuing_share') }})
        ) as half_width,
        case when amount > 0 then ln(amount) - expected_log end as residual_log,
    from months
),

final as (
    select
        series_number,
        indicator,
        baseline_method,
        period,
        month_count,
        traded_month_count,
        mean_amount,
        deviation_log,
        lag_one_correlation,
        expected_amount,
        expected_amount * exp(-half_width) as low_amount,
        expected_amount * exp(half_width) as high_amount,
        amount / expected_amount - 1 as deviation,
        residual_log / nullif(scale_log, 0) as robust_score,
        residual_log / half_width as position_in_interval,
        baseline_end,
    from scored
)

select * from final
