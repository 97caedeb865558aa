{{ config(materialized='table') }}

with

series as (
    select * from {{ ref('int_continuity__series') }}
),

act_series as (
    select * from {{ ref('int_continuity__act_series') }}
),

commitment_series as (
    select * from {{ ref('int_continuity__commitment_series') }}
),

ends as (
    select
        series_number,
        announced_on as baseline_end,
    from act_series
    union
    select
        series_number,
        baseline_end,
    from commitment_series
),

-- Between announcement and start buyers stock up: such months are in no baseline of the flow. An
-- act without a start leaves them open.
anticipation as (
    select distinct
        series.series_number,
        series.period,
    from series
    inner join act_series
        on
            series.series_number = act_series.series_number
            and series.period_end >= act_series.announced_on
            and series.period_start < coalesce(act_series.effective_on, date '9999-12-31')
    where act_series.announced_on < coalesce(act_series.effective_on, date '9999-12-31')
),

amounts as (
    unpivot (
        select
            series.series_number,
            series.period,
            series.period_start,
            series.period_end,
            cast(series.value_eur as double) as value,
            cast(series.net_mass_kg as double) as mass,
            series.unit_value_eur_per_kg as unit_value,
        from series
        anti join anticipation
            on
                series.series_number = anticipation.series_number
                and series.period = anticipation.period
        where series.is_known
    )
    on value, mass, unit_value
    into name indicator value amount
),

-- Only months that ended before the announcement.
months as (
    select
        ends.series_number,
        ends.baseline_end,
        amounts.indicator,
        amounts.period,
        amounts.period_start,
        amounts.amount,
        case when amounts.amount > 0 then ln(amounts.amount) end as log_amount,
    from ends
    inner join amounts
        on
            ends.series_number = amounts.series_number
            and ends.baseline_end > amounts.period_end
),

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
        {{ baseline_method(
            'month_count', 'traded_month_count', "indicator <> 'unit_value'", 'is_gapless'
        ) }} as baseline_method,
    from levels
),

-- What is left of an STL fit is no measure of its error: in two or three years it follows the
-- months almost exactly. A month against the same one a year before is.
changes as (
    select
        months.series_number,
        months.baseline_end,
        months.indicator,
        classed.baseline_method,
        months.log_amount - classed.level_log as from_level,
        months.log_amount - lag(months.log_amount, 12) over (
            partition by months.series_number, months.baseline_end, months.indicator
            order by months.period
        ) as from_last_year,
    from classed
    inner join months
        on
            classed.series_number = months.series_number
            and classed.baseline_end = months.baseline_end
            and classed.indicator = months.indicator
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

spreads as (
    select
        changes.series_number,
        changes.baseline_end,
        changes.indicator,
        median(
            abs(
                if(
                    changes.baseline_method = 'stl',
                    changes.from_last_year - medians.yearly_change,
                    changes.from_level
                )
            )
        ) as deviation_log,
    from changes
    left join medians
        on
            changes.series_number = medians.series_number
            and changes.baseline_end = medians.baseline_end
            and changes.indicator = medians.indicator
    group by changes.series_number, changes.baseline_end, changes.indicator
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
        classed.series_number,
        classed.indicator,
        classed.baseline_method,
        classed.first_period,
        classed.last_period,
        cast(classed.month_count as integer) as month_count,
        cast(classed.traded_month_count as integer) as traded_month_count,
        classed.last_calendar_month,
        classed.mean_amount,
        classed.level_log,
        spreads.deviation_log,
        case when classed.baseline_method = 'stl' then classed.logs end as logs,
        seasons.seasonal_logs,
        classed.baseline_end,
    from classed
    inner join spreads
        on
            classed.series_number = spreads.series_number
            and classed.baseline_end = spreads.baseline_end
            and classed.indicator = spreads.indicator
    left join seasons
        on
            classed.series_number = seasons.series_number
            and classed.baseline_end = seasons.baseline_end
            and classed.indicator = seasons.indicator
)

select * from final
