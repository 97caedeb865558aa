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
        cast(sum(cast(amount as decimal(28, 6))) as double) / count(*) as mean_amount,
        median(log_amount) as level_log,
    from months
    group by series_number, baseline_end, indicator
),

spreads as (
    select
        levels.series_number,
        levels.baseline_end,
        levels.indicator,
        median(abs(months.log_amount - levels.level_log)) as deviation_log,
    from levels
    inner join months
        on
            levels.series_number = months.series_number
            and levels.baseline_end = months.baseline_end
            and levels.indicator = months.indicator
    group by levels.series_number, levels.baseline_end, levels.indicator
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
        levels.series_number,
        levels.indicator,
        {{ baseline_method(
            'levels.month_count', 'levels.traded_month_count', "levels.indicator <> 'unit_value'",
            'levels.is_gapless'
        ) }} as baseline_method,
        levels.first_period,
        levels.last_period,
        cast(levels.month_count as integer) as month_count,
        cast(levels.traded_month_count as integer) as traded_month_count,
        levels.mean_amount,
        levels.level_log,
        spreads.deviation_log,
        seasons.seasonal_logs,
        levels.baseline_end,
    from levels
    inner join spreads
        on
            levels.series_number = spreads.series_number
            and levels.baseline_end = spreads.baseline_end
            and levels.indicator = spreads.indicator
    left join seasons
        on
            levels.series_number = seasons.series_number
            and levels.baseline_end = seasons.baseline_end
            and levels.indicator = seasons.indicator
)

select * from final
