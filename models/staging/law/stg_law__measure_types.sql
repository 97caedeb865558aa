with

measure_types as (
    select * from {{ ref('measure_types') }}
),

renamed as (
    select
        measure_type,
        standing,
        user_type,
        instrument,
        try_cast(severity_weight as double) as severity_weight,
        note,
        {{ yes_or_no('is_adopted') }} as is_adopted,
    from measure_types
)

select * from renamed
