with

measure_types as (select * from {{ ref('measure_types') }}),

renamed as (
    select
        measure_types.* exclude (is_adopted, severity_weight, severity_basis),
        try_cast(severity_weight as double) as severity_weight,
        {{ yes_or_no('is_adopted') }} as is_adopted,
    from measure_types
)

select * from renamed
