with

thresholds as (
    select * from {{ ref('change_thresholds') }}
),

renamed as (
    select
        threshold_id,
        metric,
        partner_code,
        unit,
        basis,
        source,
        note,
        cast(threshold_value as double) as threshold_value,
        {{ yes_or_no('is_crossing_threshold') }} as is_crossing_threshold,
    from thresholds
)

select * from renamed
