with

events as (select * from {{ ref('events') }}),

final as (
    select
        events.* exclude (event_date, url_quality),
        event_date as event_date_text,
        {{ first_day('event_date') }} as event_date,
        {{ last_day_of('event_date') }}
        + case date_precision when 'week' then 6 else 0 end as event_date_latest,
    from events
)

select * from final
order by event_date, event_id
