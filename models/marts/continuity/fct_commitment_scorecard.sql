with

commitments as (
    select * from {{ ref('stg_events__commitments') }}
),

months as (
    select * from {{ ref('int_continuity__commitment_months') }}
),

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

promised_months as (
    select * from months
    where series_role = 'promised'
),

placebo_months as (
    select * from months
    where series_role = 'placebo'
),

-- How the flow, and the product outside the promise, stood in the placebo months before it.
befores as (
    select
        commitment_id,
        median(ratio) filter (where series_role = 'promised') as ratio_before,
        median(ratio) filter (where series_role = 'placebo') as placebo_ratio_before,
    from months
    where is_before
    group by commitment_id
),

sources as (
    select
        commitment_id,
        min(source_id) as source_id,
        min(data_origin) as data_origin,
        bool_and(baseline_method <> 'not_measurable') as has_baseline,
        cast(arg_max(known_from - period_end, period) as integer) as lag_days,
    from promised_months
    group by commitment_id
),

-- On the day of the promise no month after it is known.
promise_days as (
    select
        commitments.commitment_id,
        strftime(commitments.made_on, '%Y-%m') as period,
        cast(null as varchar) as baseline_method,
        cast(null as bigint) as traded_month_count,
        0 as months_since,
        cast(0 as bigint) as observed_months,
        cast(null as double) as observed_amount,
        cast(null as double) as expected_amount,
        cast(null as double) as observed_ratio,
        cast(null as double) as placebo_ratio,
        commitments.known_on as known_from,
    from commitments
),

-- Then one state of knowledge per month, with the judged months up to it.
later_months as (
    select
        promised_months.commitment_id,
        promised_months.period,
        promised_months.baseline_method,
        promised_months.traded_month_count,
        promised_months.months_since,
        count(promised_months.ratio) filter (where promised_months.is_judged) over up_to
            as observed_months,
        median(promised_months.amount) filter (where promised_months.is_judged) over up_to
            as observed_amount,
        median(promised_months.expected_amount) filter (where promised_months.is_judged) over up_to
            as expected_amount,
        median(promised_months.ratio) filter (where promised_months.is_judged) over up_to
            as observed_ratio,
        median(placebo_months.ratio) filter (where promised_months.is_judged) over up_to
            as placebo_ratio,
        max(greatest(promised_months.known_from, placebo_months.known_from)) over up_to
            as known_from,
    from promised_months
    left join placebo_months
        on
            promised_months.commitment_id = placebo_months.commitment_id
            and promised_months.period = placebo_months.period
    where promised_months.months_since >= 1
    window up_to as (
        partition by promised_months.commitment_id order by promised_months.period
        rows between unbounded preceding and current row
    )
),

known_states as (
    select * from promise_days
    union all
    select * from later_months
),

history as (
    select max(known_on) as ends_on
    from deliveries
),

last_states as (
    select *
    from known_states
    qualify row_number() over (partition by commitment_id order by period desc) = 1
),

-- Where the source stops before the window does, the wait ends when its last month was due.
closed_windows as (
    select
        last_states.* replace (
            strftime(
                commitments.made_on
                + to_months(commitments.lag_months + commitments.window_months - 1), '%Y-%m'
            ) as period,
            commitments.lag_months + commitments.window_months - 1 as months_since,
            cast(
                last_day(
                    commitments.made_on
                    + to_months(commitments.lag_months + commitments.window_months - 1)
                ) + coalesce(sources.lag_days, 0) as date
            ) as known_from
        ),
    from last_states
    inner join commitments
        on last_states.commitment_id = commitments.commitment_id
    inner join sources
        on commitments.commitment_id = sources.commitment_id
    cross join history
    where
        strftime(
            commitments.made_on
            + to_months(commitments.lag_months + commitments.window_months - 1), '%Y-%m'
        ) > last_states.period
        and last_day(
            commitments.made_on
            + to_months(commitments.lag_months + commitments.window_months - 1)
        ) + coalesce(sources.lag_days, 0) <= history.ends_on
),

states as (
    select * from known_states
    union all by name
    select * from closed_windows
),

compared as (
    select
        states.*,
        commitments.promised_by,
        commitments.promised_to,
        commitments.summary,
        commitments.fact_id,
        commitments.source_title,
        commitments.source_url,
        commitments.confidence,
        commitments.flow,
        commitments.reporter_code,
        commitments.partner_code,
        commitments.product_code,
        commitments.code_match,
        commitments.expected_direction,
        commitments.indicator,
        commitments.baseline_measure_id,
        commitments.placebo_product_code,
        commitments.placebo_from,
        commitments.placebo_to,
        commitments.note,
        commitments.threshold,
        commitments.partly_threshold,
        commitments.lag_months,
        commitments.window_months,
        commitments.least_months,
        commitments.made_on,
        sources.source_id,
        coalesce(sources.data_origin, 'press_claim') as data_origin,
        sources.has_baseline,
        sources.lag_days,
        befores.ratio_before,
        befores.placebo_ratio_before,
        strftime(
            commitments.made_on + to_months(
                commitments.lag_months + commitments.least_months - 1
            ), '%Y-%m'
        ) as first_judged_period,
        case
            when states.observed_months < commitments.least_months then null
            when states.observed_ratio >= commitments.threshold then 'kept'
            when states.observed_ratio >= commitments.partly_threshold then 'partly'
            else 'not_kept'
        end as plain_verdict,
        states.observed_ratio / nullif(befores.ratio_before, 0) as change,
        states.placebo_ratio / nullif(befores.placebo_ratio_before, 0) as placebo_change,
    from states
    inner join commitments
        on states.commitment_id = commitments.commitment_id
    left join sources
        on states.commitment_id = sources.commitment_id
    left join befores
        on states.commitment_id = befores.commitment_id
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

judged as (
    select
        *,
        case
            when code_match = 'finer_than_code' or source_id is null then 'not_measurable'
            when baseline_method = 'not_measurable' then 'not_measurable'
            when plain_verdict is null and months_since >= lag_months + window_months - 1
                then 'not_measurable'
            when plain_verdict is null then 'too_early'
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
            when plain_verdict is null and months_since >= lag_months + window_months - 1
                then
                    'Months that were delivered of those to judge: ' || observed_months || '; '
                    || least_months || ' are needed.'
            when plain_verdict is null
                then
                    'Months to judge that are known: ' || observed_months || '; '
                    || least_months || ' are needed.'
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
                || {{ plain_number('100 * partly_threshold') }} || ' % partly.'
        end as verdict_reason,
    from tested
),

final as (
    select
        judged.commitment_id,
        judged.period,
        judged.verdict,
        judged.verdict_reason,
        judged.promised_by,
        judged.promised_to,
        judged.summary,
        judged.expected_direction,
        judged.indicator,
        judged.flow,
        judged.reporter_code,
        judged.partner_code,
        judged.source_id,
        judged.product_code,
        judged.code_match,
        judged.baseline_method,
        judged.baseline_measure_id,
        judged.placebo_result,
        judged.placebo_product_code,
        judged.data_origin,
        judged.fact_id,
        judged.confidence,
        judged.source_title,
        judged.source_url,
        judged.note,
        cast(judged.traded_month_count as integer) as baseline_months_with_trade,
        cast(judged.observed_months as integer) as observed_months,
        judged.least_months,
        judged.lag_months,
        judged.window_months,
        {{ significant('judged.observed_amount') }} as observed_amount,
        {{ significant('judged.expected_amount') }} as baseline_amount,
        {{ significant('judged.observed_ratio') }} as observed_ratio,
        {{ significant('judged.ratio_before') }} as ratio_before,
        {{ significant('judged.placebo_ratio') }} as placebo_ratio,
        {{ significant('judged.placebo_ratio_before') }} as placebo_ratio_before,
        judged.threshold,
        judged.partly_threshold,
        row_number() over (
            partition by judged.commitment_id order by judged.period desc
        ) = 1 as is_current,
        judged.made_on,
        case
            when judged.has_baseline
                then coalesce(
                    first_months.known_from,
                    {{ last_day_of('judged.first_judged_period') }} + judged.lag_days
                )
        end as first_knowable_date,
        judged.known_from,
    from judged
    left join later_months as first_months
        on
            judged.commitment_id = first_months.commitment_id
            and judged.first_judged_period = first_months.period
)

select * from final
order by commitment_id, period
