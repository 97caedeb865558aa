with

event_targets as (
    select * from {{ ref('event_targets') }}
),

renamed as (
    select
        event_id,
        target_kind,
        target_id,
        basis,
    from event_targets
)

select * from renamed
