with

events as (
    select * from {{ ref('events') }}
),

renamed as (
    select
        event_id,
        actor,
        event_type,
        affected_materials,
        description,
        event_date,
        date_precision,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
    from events
)

select * from renamed
