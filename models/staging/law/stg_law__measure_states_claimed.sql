with

measure_status as (select * from {{ ref('measure_status') }}),

renamed as (
    select
        measure_status.* exclude (status, valid_to_is_inclusive, disputed, url_quality),
        status as status_raw,
        {{ yes_or_no('valid_to_is_inclusive') }} as valid_to_is_inclusive,
        {{ yes_or_no('disputed') }} as is_disputed,
    from measure_status
)

select * from renamed
