with

months as (select * from {{ ref('int_continuity__baseline_months') }}),

levels as (
    select
        series_number,
        baseline_end,
        indicator,
        count(*) as month_count,
        count(log_amount) as traded_month_count,
        count(*) = date_diff('month', min(period_start), max(period_start)) + 1
        and count(*) = count(log_amount) as is_gapless,
        min(period) as first_period,
        max(period) as last_period,
        cast(month(max(period_start)) as integer) as last_calendar_month,
        cast(sum(cast(amount as decimal(28, 6))) as double) / count(*) as mean_amount,
        median(log_amount) as level_log,
        list(log_amount order by period) as logs,
    from months
    group by series_number, baseline_end, indicator
),

classed as (
    select
        *,
        case
            when traded_month_count < {{ continuity('least_months') }} then 'not_measurable'
            when indicator = 'unit_value' then 'median_level'
            when month_count < {{ continuity('seasonal_months') }} then 'median_level'
            when month_count >= {{ continuity('stl_months') }} and is_gapless then 'stl'
            else 'seasonal_naive'
        end as baseline_method,
    from levels
),

-- What is left of an STL fit is no measure of its error: in two or three years it follows the
-- months almost exactly. A month against the same one a year before is.
changes as (
    select
        months.series_number,
        months.baseline_end,
        months.indicator,
        months.period_start,
        classed.baseline_method,
        months.log_amount - classed.level_log as from_level,
        months.log_amount - lag(months.log_amount, 12) over (
            partition by months.series_number, months.baseline_end, months.indicator
            order by months.period
        ) as from_last_year,
    from classed
    inner join months
        using (series_number, baseline_end, indicator)
),

medians as (
    select
        series_number,
        baseline_end,
        indicator,
        median(from_last_year) as yearly_change,
    from changes
    where baseline_method = 'stl'
    group by series_number, baseline_end, indicator
),

residuals as (
    select
        changes.series_number,
        changes.baseline_end,
        changes.indicator,
        changes.period_start,
        if(
            changes.baseline_method = 'stl',
            changes.from_last_year - medians.yearly_change,
            changes.from_level
        ) as residual,
    from changes
    left join medians
        using (series_number, baseline_end, indicator)
),

followed as (
    select
        *,
        case
            when date_diff('month', lag(period_start) over by_month, period_start) = 1
                then lag(residual) over by_month
        end as residual_before,
    from residuals
    window by_month as (partition by series_number, baseline_end, indicator order by period_start)
),

-- What one month has of the one before: months that hang together say less than so many would.
spreads as (
    select
        series_number,
        baseline_end,
        indicator,
        median(abs(residual)) as deviation_log,
        corr(residual, residual_before) as lag_one_correlation,
    from followed
    group by series_number, baseline_end, indicator
),

-- The last month with trade of each calendar month.
calendar_months as (
    select
        series_number,
        baseline_end,
        indicator,
        cast(month(period_start) as integer) as calendar_month,
        arg_max(log_amount, period_start) as last_log,
    from months
    where log_amount is not null
    group by series_number, baseline_end, indicator, calendar_month
),

seasons as (
    select
        series_number,
        baseline_end,
        indicator,
        map(list(calendar_month order by calendar_month), list(last_log order by calendar_month))
            as seasonal_logs,
    from calendar_months
    group by series_number, baseline_end, indicator
),

final as (
    select
        classed.* exclude (
            classed.month_count, classed.traded_month_count, classed.is_gapless, classed.logs
        ),
        cast(classed.month_count as integer) as month_count,
        cast(classed.traded_month_count as integer) as traded_month_count,
        spreads.deviation_log,
        case when isfinite(spreads.lag_one_correlation) then spreads.lag_one_correlation end
            as lag_one_correlation,
        case when classed.baseline_method = 'stl' then classed.logs end as logs,
        seasons.seasonal_logs,
    from classed
    inner join spreads
        using (series_number, baseline_end, indicator)
    left join seasons
        using (series_number, baseline_end, indicator)
)

select * from final
