-- One row per source that was overdue on the day, as known on known_on, or was never delivered.
select
    'overdue' as status,
    brief.source_id,
    coalesce(sources.producer, brief.source_id) as producer,
    brief.event_date as overdue_since,
from
    reports.brief(
        cast(getvariable('as_of') as date), cast(getvariable('known_on') as date)
    ) as brief
left join (
    select
        source_id,
        any_value(producer) as producer,
    from meta.sources
    group by source_id
) as sources
    on brief.source_id = sources.source_id
where brief.line_kind = 'stale_source'
union all
select
    freshness.status,
    freshness.source_id,
    freshness.producer,
    cast(null as date) as overdue_since,
from reports.rpt_source_freshness as freshness
where freshness.status = 'not delivered'
order by status desc, overdue_since, source_id;
