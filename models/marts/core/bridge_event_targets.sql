with

event_targets as (select * from {{ ref('event_targets') }})

select * from event_targets
order by event_id, target_kind, target_id
