with

measure_state_map as (
    select * from {{ ref('measure_state_map') }}
),

renamed as (
    select
        status_raw,
        state,
        rival_side,
        note,
        {{ yes_or_no('is_claim') }} as is_claim,
    from measure_state_map
)

select * from renamed
