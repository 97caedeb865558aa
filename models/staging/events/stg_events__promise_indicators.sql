with

promise_indicators as (select * from {{ ref('promise_indicators') }}),

renamed as (
    select
        indicator_id,
        promise_id as commitment_id,
        flow,
        reporter as reporter_code,
        partner as partner_code,
        product_code,
        indicator,
        code_match,
        baseline_measure_id,
        placebo_product_code,
        placebo_from,
        placebo_to,
        note,
        cast(threshold as double) as threshold,
        cast(partly_threshold as double) as partly_threshold,
        lag_months,
        window_months,
        least_months,
    from promise_indicators
)

select * from renamed
