with

commitments as (
    select * from {{ ref('stg_events__commitments') }}
),

states as (
    select * from {{ ref('int_continuity__commitment_states') }}
),

compared as (
    select
        commitments.*,
        states.period,
        states.baseline_method,
        states.traded_month_count,
        states.months_since,
        states.observed_months,
        states.observed_amount,
        states.expected_amount,
        states.observed_ratio,
        states.placebo_ratio,
        states.source_id,
        states.data_origin,
        states.has_baseline,
        states.lag_days,
        states.ratio_before,
        states.placebo_ratio_before,
        states.known_from,
        states.months_since >= commitments.lag_months + commitments.window_months - 1
            as is_window_over,
        strftime(
            commitments.made_on + to_months(commitments.lag_months + commitments.least_months - 1),
            '%Y-%m'
        ) as first_judged_period,
        case
            when states.observed_months < commitments.least_months then null
            when states.observed_ratio >= commitments.threshold then 'kept'
            when states.observed_ratio >= commitments.partly_threshold then 'partly'
            else 'not_kept'
        end as plain_verdict,
        -- The smallest lasting fall that these months would have shown, a share of one: METHODS 7.
        case
            when states.observed_months > 0
                then
                    1 - exp(
                        -{{ continuity('power_z') }} * 1.4826 * states.deviation_log
                        * sqrt(
                            (1 + greatest(0, coalesce(states.lag_one_correlation, 0)))
                            / greatest(
                                1e-9, 1 - greatest(0, coalesce(states.lag_one_correlation, 0))
                            )
                        )
                        * sqrt(1.0 / states.observed_months + 1.0 / states.traded_month_count)
                    )
        end as least_fall_noticed,
        states.observed_ratio / nullif(states.ratio_before, 0) as change,
        states.placebo_ratio / nullif(states.placebo_ratio_before, 0) as placebo_change,
    from states
    inner join commitments
        on states.commitment_id = commitments.commitment_id
),

-- A rise that is claimed, and a fall that is blamed, must not have been there before the promise
-- and must not be that of a product outside it.
tested as (
    select
        *,
        case
            when plain_verdict is null then 'not_needed'
            when expected_direction = 'keep' and plain_verdict = 'kept' then 'not_needed'
            when expected_direction <> 'keep' and plain_verdict = 'not_kept' then 'not_needed'
            when
                expected_direction = 'keep'
                and ratio_before < if(plain_verdict = 'partly', threshold, partly_threshold)
                then 'stood_there_before'
            when
                expected_direction <> 'keep'
                and ratio_before >= if(plain_verdict = 'partly', partly_threshold, threshold)
                then 'stood_there_before'
            when expected_direction = 'keep' and change < 1 and placebo_change <= change
                then 'moved_as_much'
            when expected_direction <> 'keep' and change > 1 and placebo_change >= change
                then 'moved_as_much'
            when ratio_before is null or placebo_change is null then 'not_measurable'
            else 'passed'
        end as placebo_result,
    from compared
),

final as (
    select
        *,
        case
            when code_match = 'finer_than_code' or source_id is null then 'not_measurable'
            when baseline_method = 'not_measurable' then 'not_measurable'
            when plain_verdict is null and is_window_over then 'not_measurable'
            when plain_verdict is null then 'too_early'
            when least_fall_noticed > {{ continuity('most_unnoticed') }} then 'not_measurable'
            when placebo_result in ('stood_there_before', 'moved_as_much') then 'not_measurable'
            else plain_verdict
        end as verdict,
        case
            when code_match = 'finer_than_code'
                then 'No trade code tells the goods promised from others.'
            when source_id is null then 'No monthly series of this flow has landed.'
            when baseline_method = 'not_measurable'
                then
                    'Known months with trade before the baseline ends: '
                    || traded_month_count || '; '
                    || {{ continuity('least_months') }} || ' are needed.'
            when plain_verdict is null
                then
                    if(
                        is_window_over,
                        'Months that were delivered of those to judge: ',
                        'Months to judge that are known: '
                    ) || observed_months || '; ' || least_months || ' are needed.'
            when least_fall_noticed > {{ continuity('most_unnoticed') }}
                then
                    'The flow swings too much: of ' || observed_months
                    || ' months only a lasting fall of '
                    || {{ plain_number('100 * least_fall_noticed') }}
                    || ' % or more would have been noticed.'
            when placebo_result = 'stood_there_before'
                then
                    'The flow stood there before the promise: at '
                    || {{ plain_number('100 * ratio_before') }} || ' % from ' || placebo_from
                    || ' to ' || placebo_to || '.'
            when placebo_result = 'moved_as_much'
                then
                    'Product ' || placebo_product_code
                    || ', outside the promise, moved as much: by '
                    || {{ plain_number('100 * (placebo_change - 1)') }} || ' % against '
                    || {{ plain_number('100 * (change - 1)') }} || ' %.'
            else
                'Median of the ' || observed_months || ' months known so far: '
                || {{ plain_number('100 * observed_ratio') }} || ' % of the baseline; '
                || {{ plain_number('100 * threshold') }} || ' % is kept, '
                || {{ plain_number('100 * partly_threshold') }}
                || ' % partly. A lasting fall of less than '
                || {{ plain_number('100 * least_fall_noticed') }}
                || ' % would not have been noticed.'
        end as verdict_reason,
    from tested
)

select * from final
