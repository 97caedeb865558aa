with

verdicts as (
    select * from {{ ref('int_continuity__commitment_verdicts') }}
),

final as (
    select
        commitment_id,
        period,
        verdict,
        verdict_reason,
        promised_by,
        promised_to,
        summary,
        expected_direction,
        indicator_id,
        role,
        indicator,
        flow,
        reporter_code,
        partner_code,
        source_id,
        product_code,
        code_match,
        baseline_method,
        baseline_measure_id,
        placebo_result,
        placebo_product_code,
        data_origin,
        fact_id,
        confidence,
        source_title,
        source_url,
        restated_by,
        nullif(concat_ws(' ', note, indicator_note), '') as note,
        cast(indicator_count as integer) as indicator_count,
        cast(comparison_count as integer) as comparison_count,
        cast(comparison_measured_count as integer) as comparison_measured_count,
        cast(comparison_reached_count as integer) as comparison_reached_count,
        cast(traded_month_count as integer) as baseline_months_with_trade,
        cast(coalesce(observed_months, 0) as integer) as observed_months,
        cast(coalesce(span_mean_months, 0) as integer) as span_mean_months,
        least_months,
        lag_months,
        window_months,
        {{ significant('observed_amount') }} as observed_amount,
        {{ significant('expected_amount') }} as baseline_amount,
        {{ significant('observed_ratio') }} as observed_ratio,
        {{ significant('least_fall_noticed') }} as least_fall_noticed,
        {{ significant('ratio_before') }} as ratio_before,
        {{ significant('placebo_ratio') }} as placebo_ratio,
        {{ significant('placebo_ratio_before') }} as placebo_ratio_before,
        threshold,
        partly_threshold,
        row_number() over (partition by commitment_id order by period desc) = 1 as is_current,
        made_on,
        {{ first_knowable_date('commitment_id') }} as first_knowable_date,
        known_from,
    from verdicts
)

select * from final
order by commitment_id, period
