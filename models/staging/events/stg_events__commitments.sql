with

commitments as (
    select * from {{ ref('commitments') }}
),

renamed as (
    select
        commitment_id,
        promised_by,
        promised_to,
        summary,
        fact_table,
        fact_id,
        source_title,
        source_url,
        confidence,
        flow,
        reporter as reporter_code,
        partner as partner_code,
        product_code,
        code_match,
        expected_direction,
        indicator,
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
        cast(made_on as date) as made_on,
        cast(known_on as date) as known_on,
    from commitments
)

select * from renamed
