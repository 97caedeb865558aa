with

event_targets as (
    select * from {{ ref('event_targets') }}
),

final as (
    select
        event_id,
        target_kind,
        target_id,
        basis,
    from event_targets
)

select * from final
order by event_id, target_kind, target_id
