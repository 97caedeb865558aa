with

measure_status as (
    select * from {{ ref('measure_status') }}
),

renamed as (
    select
        status_id,
        measure_id,
        status as status_raw,
        claim_group,
        valid_from,
        valid_to,
        valid_to_basis,
        known_on,
        source_title,
        source_url,
        confidence,
        note,
        {{ yes_or_no('valid_to_is_inclusive') }} as valid_to_is_inclusive,
        {{ yes_or_no('disputed') }} as is_disputed,
    from measure_status
)

select * from renamed
