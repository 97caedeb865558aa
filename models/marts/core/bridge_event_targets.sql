with

event_targets as (
    select * from {{ ref('stg_events__event_targets') }}
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
