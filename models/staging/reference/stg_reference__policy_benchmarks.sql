with

policy_benchmarks as (
    select * from {{ ref('policy_benchmarks') }}
),

renamed as (
    select
        benchmark_id,
        instrument,
        indicator,
        unit,
        target_date as target_date_text,
        baseline_value as baseline_value_text,
        baseline_date as baseline_date_text,
        status,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        target_value,
    from policy_benchmarks
)

select * from renamed
