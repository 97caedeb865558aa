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
        is_claim = 'Y' as is_claim,
    from measure_state_map
)

select * from renamed
