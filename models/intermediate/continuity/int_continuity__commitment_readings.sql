with

promises as (select * from {{ ref('stg_events__promises') }}),
indicators as (select * from {{ ref('stg_events__promise_indicators') }}),
commitment_series as (select * from {{ ref('int_continuity__commitment_series') }}),
states as (select * from {{ ref('int_continuity__commitment_states') }}),

compared as (
    select
        indicators.*,
        promises.expected_direction,
        promises.made_on,
        states.* exclude (states.indicator_id, states.deviation_log, states.lag_one_correlation),
        -- A flow to the addressee is told by the addressee, by who promised, or by the press.
        case
            when
                indicators.flow = 'import'
                and indicators.reporter_code = promises.addressee_code
                then 'importer'
            when
                indicators.flow = 'export'
                and indicators.partner_code = promises.addressee_code
                then if(coalesce(commitment_series.is_press, false), 'press', 'exporter')
            else 'comparison'
        end as role,
        states.months_since >= indicators.lag_months + indicators.window_months - 1
            as is_window_over,
        strftime(
            promises.made_on + to_months(indicators.lag_months + indicators.least_months - 1),
            '%Y-%m'
        ) as first_judged_period,
        case
            when states.observed_months < indicators.least_months then null
            when states.observed_ratio >= indicators.threshold then 'reached'
            when states.observed_ratio >= indicators.partly_threshold then 'partly_reached'
            else 'not_reached'
        end as plain_reading,
        {{ least_fall(
            'states.deviation_log',
            'states.lag_one_correlation',
            'states.observed_months',
            'states.traded_month_count'
        ) }} as least_fall_noticed,
        -- What it could tell at its first verdict, by the months before the promise alone.
        {{ least_fall(
            'states.deviation_log',
            'states.lag_one_correlation',
            'indicators.least_months',
            'states.traded_month_count'
        ) }} as least_fall_at_first,
        states.observed_ratio / nullif(states.ratio_before, 0) as change,
        states.placebo_ratio / nullif(states.placebo_ratio_before, 0) as placebo_change,
    from states
    inner join indicators
        on states.indicator_id = indicators.indicator_id
    inner join promises
        on indicators.commitment_id = promises.commitment_id
    left join commitment_series
        on
            states.indicator_id = commitment_series.indicator_id
            and commitment_series.series_role = 'promised'
),

-- A rise that is claimed, and a fall that is blamed, must not have been there before the promise
-- and must not be that of a product outside it.
tested as (
    select
        *,
        case
            when plain_reading is null then 'not_needed'
            when expected_direction = 'keep' and plain_reading = 'reached' then 'not_needed'
            when expected_direction <> 'keep' and plain_reading = 'not_reached' then 'not_needed'
            when
                expected_direction = 'keep'
                and ratio_before < if(plain_reading = 'partly_reached', threshold, partly_threshold)
                then 'stood_there_before'
            when
                expected_direction <> 'keep'
                and ratio_before
                >= if(plain_reading = 'partly_reached', partly_threshold, threshold)
                then 'stood_there_before'
            when expected_direction = 'keep' and change < 1 and placebo_change <= change
                then 'moved_as_much'
            when expected_direction <> 'keep' and change > 1 and placebo_change >= change
                then 'moved_as_much'
            when ratio_before is null or placebo_change is null then 'not_measurable'
            else 'passed'
        end as placebo_result,
        -- Of the months to judge, those that were due by then and have no figure.
        list_filter(
            list_transform(
                range(lag_months, lag_months + window_months),
                lambda step: strftime(made_on + to_months(step), '%Y-%m')
            ),
            lambda due: due <= period and not list_contains(judged_periods, due)
        ) as missing_after,
    from compared
),

final as (
    select
        *,
        case
            when code_match = 'finer_than_code' or source_id is null then 'not_measurable'
            when baseline_method = 'not_measurable' then 'not_measurable'
            when plain_reading is null and is_window_over then 'not_measurable'
            when plain_reading is null then 'too_early'
            when least_fall_noticed > {{ continuity('most_unnoticed') }} then 'not_measurable'
            when placebo_result in ('stood_there_before', 'moved_as_much') then 'not_measurable'
            else plain_reading
        end as reading,
        case
            when code_match = 'finer_than_code'
                then
                    'No published figure measures it: no trade code tells the goods promised from'
                    || ' others.'
            when source_id is null or baseline_method = 'not_measurable'
                then
                    'The baseline needs ' || {{ continuity('least_months') }}
                    || ' months of this flow with trade; '
                    || {{ have_landed('coalesce(traded_month_count, 0)') }} || '.'
                    || coalesce(' Missing: ' || missing_before || '.', '')
            when plain_reading is null
                then
                    'A verdict needs ' || least_months
                    || ' months of this flow after the promise; '
                    || {{ have_landed('observed_months') }}
                    || if(is_window_over, ', and no more are awaited.', '.')
                    || coalesce(
                        ' Missing: ' || nullif(array_to_string(missing_after, ', '), '') || '.', ''
                    )
            when least_fall_noticed > {{ continuity('most_unnoticed') }}
                then
                    'The flow swings too much: of ' || observed_months
                    || ' months only a lasting fall of '
                    || {{ plain_number('100 * least_fall_noticed') }}
                    || '% or more would have been noticed.'
            when placebo_result = 'stood_there_before'
                then
                    'The flow stood there before the promise: at '
                    || {{ plain_number('100 * ratio_before') }} || '% from ' || placebo_from
                    || ' to ' || placebo_to || '.'
            when placebo_result = 'moved_as_much'
                then
                    'Product ' || placebo_product_code
                    || ', outside the promise, moved as much: by '
                    || {{ plain_number('100 * (placebo_change - 1)') }} || '% against '
                    || {{ plain_number('100 * (change - 1)') }} || '%.'
            else
                'Median of the ' || observed_months || ' months known so far: '
                || {{ plain_number('100 * observed_ratio') }}
                || '% of the baseline; the thresholds are '
                || {{ plain_number('100 * threshold') }} || ' and '
                || {{ plain_number('100 * partly_threshold') }} || '%.'
                || case
                    when span_mean_months > 0
                        then
                            ' Of ' || span_mean_months
                            || ' of them the press gives the sum alone: each counts with its mean.'
                    else ''
                end
                || ' A lasting fall of less than '
                || {{ plain_number('100 * least_fall_noticed') }}
                || '% would not have been noticed.'
        end as reading_reason,
    from tested
)

select * from final
