with

readings as (select * from {{ ref('int_continuity__commitment_readings') }}),
verdicts as (select * from {{ ref('int_continuity__commitment_verdicts') }}),

judged as (
    select distinct indicator_id
    from verdicts
    where indicator_id is not null
),

final as (
    select
        readings.indicator_id,
        readings.period,
        readings.commitment_id,
        readings.role,
        judged.indicator_id is not null as is_judged_by,
        readings.reading,
        readings.reading_reason,
        readings.indicator,
        readings.flow,
        readings.reporter_code,
        readings.partner_code,
        readings.source_id,
        readings.product_code,
        readings.code_match,
        readings.baseline_method,
        readings.baseline_measure_id,
        readings.placebo_result,
        readings.placebo_product_code,
        readings.data_origin,
        readings.note,
        cast(readings.traded_month_count as integer) as baseline_months_with_trade,
        cast(readings.observed_months as integer) as observed_months,
        cast(readings.span_mean_months as integer) as span_mean_months,
        readings.least_months,
        readings.lag_months,
        readings.window_months,
        {{ significant('readings.observed_amount') }} as observed_amount,
        {{ significant('readings.expected_amount') }} as baseline_amount,
        {{ significant('readings.observed_ratio') }} as observed_ratio,
        {{ significant('readings.least_fall_noticed') }} as least_fall_noticed,
        {{ significant('readings.ratio_before') }} as ratio_before,
        {{ significant('readings.placebo_ratio') }} as placebo_ratio,
        {{ significant('readings.placebo_ratio_before') }} as placebo_ratio_before,
        readings.threshold,
        readings.partly_threshold,
        row_number() over (partition by readings.indicator_id order by readings.period desc) = 1
            as is_current,
        readings.made_on,
        {{ first_knowable_date('readings.indicator_id') }} as first_knowable_date,
        readings.known_from,
    from readings
    left join judged
        on readings.indicator_id = judged.indicator_id
)

select * from final
order by indicator_id, period
