with

series as (select * from {{ ref('int_continuity__series') }}),
press_figures as (select * from {{ ref('int_continuity__press_figures') }}),
commitment_series as (select * from {{ ref('int_continuity__commitment_series') }}),
promises as (select * from {{ ref('stg_events__promises') }}),
indicators as (select * from {{ ref('stg_events__promise_indicators') }}),
baselines as (select * from {{ ref('int_continuity__baselines') }}),
deviations as (select * from {{ ref('int_continuity__deviations') }}),

-- Of some months the press gives the sum alone. Where none of them is known, each counts with the
-- mean of the span, from the day on which the span was known.
spans as (
    select
        series.series_number,
        press_figures.figure_id,
        press_figures.mass_t * 1000 / press_figures.month_count as mean_mass_kg,
        press_figures.span_start,
        press_figures.span_end,
        press_figures.month_count,
        press_figures.known_from,
    from press_figures
    inner join series
        on
            press_figures.source_id = series.source_id
            and press_figures.flow = series.flow
            and press_figures.reporter_code = series.reporter_code
            and press_figures.partner_code = series.partner_code
            and press_figures.product_code = series.product_code
            and press_figures.span_start <= series.period_start
            and press_figures.span_end >= series.period_end
    where
        press_figures.month_count > 1
        and press_figures.basis = 'stated'
        and press_figures.code_match in ('exact', 'dominant')
    group by all
    having not bool_or(series.is_known) and count(*) = press_figures.month_count
),

span_months as (
    select
        series.series_number,
        series.period,
        spans.mean_mass_kg,
        spans.known_from,
    from spans
    inner join series
        on
            spans.series_number = series.series_number
            and spans.span_start <= series.period_start
            and spans.span_end >= series.period_end
    qualify
        row_number() over (
            partition by series.series_number, series.period
            order by spans.month_count, spans.figure_id
        ) = 1
),

-- Months of the baseline are held against its level, later ones against what it lets expect.
months as (
    select
        indicators.indicator_id,
        indicators.lag_months,
        indicators.window_months,
        commitment_series.series_role,
        commitment_series.source_id,
        series.data_origin,
        series.period,
        coalesce(baselines.baseline_method, 'not_measurable') as baseline_method,
        coalesce(baselines.traded_month_count, 0) as traded_month_count,
        baselines.deviation_log,
        baselines.lag_one_correlation,
        cast(
            date_diff('month', promises.made_on, series.period_start) as integer
        ) as months_since,
        series.period between indicators.placebo_from and indicators.placebo_to as is_before,
        not series.is_known
        and series.period_end < commitment_series.baseline_end as is_missing_before,
        coalesce(
            indicators.indicator = 'mass' and span_months.period is not null, false
        ) as is_mean_of_span,
        case
            when is_mean_of_span then cast(span_months.mean_mass_kg as double)
            when series.is_known
                then
                    cast(
                        if(
                            indicators.indicator = 'value', series.value_eur, series.net_mass_kg
                        ) as double
                    )
        end as amount,
        case
            when baselines.baseline_method <> 'not_measurable'
                then coalesce(deviations.expected_amount, exp(baselines.level_log))
        end as expected_amount,
        series.period_end,
        if(is_mean_of_span, span_months.known_from, series.known_from) as known_from,
    from commitment_series
    inner join indicators
        on commitment_series.indicator_id = indicators.indicator_id
    inner join promises
        on indicators.commitment_id = promises.commitment_id
    inner join series
        using (series_number)
    left join span_months
        using (series_number, period)
    left join baselines
        using (series_number, baseline_end, indicator)
    left join deviations
        using (series_number, baseline_end, indicator, period)
),

final as (
    select
        * exclude (lag_months, window_months),
        months_since >= lag_months and months_since < lag_months + window_months as is_judged,
        amount / expected_amount as ratio,
    from months
)

select * from final
