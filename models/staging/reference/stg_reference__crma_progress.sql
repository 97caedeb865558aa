with

crma_published_progress as (
    select * from {{ ref('crma_published_progress') }}
),

renamed as (
    select
        material,
        benchmark_id,
        period,
        value_text,
        source,
        source_url,
        note,
        value_low,
        value_high,
        {{ yes_or_no('is_low_exclusive') }} as is_low_exclusive,
    from crma_published_progress
)

select * from renamed
