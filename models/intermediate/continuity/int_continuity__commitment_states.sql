with

promises as (select * from {{ ref('stg_events__promises') }}),
promise_indicators as (select * from {{ ref('stg_events__promise_indicators') }}),
months as (select * from {{ ref('int_continuity__commitment_months') }}),
deliveries as (select * from {{ ref('stg_landing__deliveries') }}),

indicators as (
    select
        promise_indicators.indicator_id,
        promise_indicators.lag_months,
        promise_indicators.window_months,
        promises.made_on,
        promises.known_on,
    from promise_indicators
    inner join promises
        on promise_indicators.commitment_id = promises.commitment_id
),

promised_months as (
    select * from months
    where series_role = 'promised'
),

placebo_months as (
    select * from months
    where series_role = 'placebo'
),

sources as (
    select
        indicator_id,
        min(source_id) as source_id,
        min(data_origin) as data_origin,
        bool_and(baseline_method <> 'not_measurable') as has_baseline,
        cast(arg_max(known_from - period_end, period) as integer) as lag_days,
    from promised_months
    group by indicator_id
),

-- How the flow, and the product outside the promise, stood in the placebo months before it; and
-- the months that its baseline lacks.
befores as (
    select
        indicator_id,
        median(ratio) filter (where is_before and series_role = 'promised') as ratio_before,
        median(ratio) filter (where is_before and series_role = 'placebo')
            as placebo_ratio_before,
        string_agg(period, ', ' order by period) filter (
            where is_missing_before and series_role = 'promised'
        ) as missing_before,
    from months
    group by indicator_id
),

-- On the day of the promise no month after it is known; then there is one state of knowledge per
-- month, with the judged months up to it.
known_states as (
    select
        promised_months.indicator_id,
        promised_months.period,
        promised_months.baseline_method,
        promised_months.traded_month_count,
        promised_months.deviation_log,
        promised_months.lag_one_correlation,
        promised_months.months_since,
        count(promised_months.ratio) filter (where promised_months.is_judged) over up_to
            as observed_months,
        count(promised_months.ratio) filter (
            where promised_months.is_judged and promised_months.is_mean_of_span
        ) over up_to as span_mean_months,
        median(promised_months.amount) filter (where promised_months.is_judged) over up_to
            as observed_amount,
        median(promised_months.expected_amount) filter (where promised_months.is_judged) over up_to
            as expected_amount,
        median(promised_months.ratio) filter (where promised_months.is_judged) over up_to
            as observed_ratio,
        median(placebo_months.ratio) filter (where promised_months.is_judged) over up_to
            as placebo_ratio,
        list(promised_months.period) filter (
            where promised_months.is_judged and promised_months.ratio is not null
        ) over up_to as judged_periods,
        max(greatest(promised_months.known_from, placebo_months.known_from)) over up_to
            as known_from,
    from promised_months
    left join placebo_months
        using (indicator_id, period)
    where promised_months.months_since >= 1
    window up_to as (
        partition by promised_months.indicator_id order by promised_months.period
        rows between unbounded preceding and current row
    )
    union all by name
    select
        indicator_id,
        strftime(made_on, '%Y-%m') as period,
        0 as months_since,
        0 as observed_months,
        0 as span_mean_months,
        cast([] as varchar[]) as judged_periods,
        known_on as known_from,
    from indicators
),

last_states as (
    select *
    from known_states
    qualify row_number() over (partition by indicator_id order by period desc) = 1
),

windows as (
    select
        indicators.indicator_id,
        indicators.lag_months + indicators.window_months - 1 as last_month,
        last_day(
            indicators.made_on + to_months(indicators.lag_months + indicators.window_months - 1)
        ) as window_end,
        coalesce(sources.lag_days, 0) as lag_days,
    from indicators
    inner join sources
        on indicators.indicator_id = sources.indicator_id
),

-- Where the source stops before the window does, the wait ends when its last month was due.
states as (
    select * from known_states
    union all
    select
        last_states.* replace (
            strftime(windows.window_end, '%Y-%m') as period,
            windows.last_month as months_since,
            cast(windows.window_end + windows.lag_days as date) as known_from
        ),
    from last_states
    inner join windows
        on last_states.indicator_id = windows.indicator_id
    where
        strftime(windows.window_end, '%Y-%m') > last_states.period
        and windows.window_end + windows.lag_days
        <= (select max(deliveries.known_on) from deliveries)
),

final as (
    select
        states.*,
        sources.source_id,
        coalesce(sources.data_origin, 'press_claim') as data_origin,
        sources.has_baseline,
        sources.lag_days,
        befores.ratio_before,
        befores.placebo_ratio_before,
        befores.missing_before,
    from states
    left join sources
        on states.indicator_id = sources.indicator_id
    left join befores
        on states.indicator_id = befores.indicator_id
)

select * from final
