-- One row per source that was overdue on the day, as known on known_on, or was never delivered.
select
    'overdue' as status,
    brief.source_id,
    coalesce(names.source_name, sources.producer, brief.source_id) as source_name,
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
left join marts.dim_trade_source as names
    on brief.source_id = names.source_id
where brief.line_kind = 'stale_source'
union all
select
    freshness.status,
    freshness.source_id,
    coalesce(names.source_name, freshness.producer) as source_name,
    cast(null as date) as overdue_since,
from reports.rpt_source_freshness as freshness
left join marts.dim_trade_source as names
    on freshness.source_id = names.source_id
where freshness.status = 'not delivered'
order by status desc, overdue_since, source_id;
