with

events as (
    select * from {{ ref('events') }}
),

final as (
    select
        event_id,
        actor,
        event_type,
        affected_materials,
        description,
        event_date as event_date_text,
        date_precision,
        confidence,
        source_title,
        source_url,
        note,
        {{ first_day('event_date') }} as event_date,
        {{ last_day_of('event_date') }}
        + case date_precision when 'week' then 6 else 0 end as event_date_latest,
    from events
)

select * from final
order by event_date, event_id
