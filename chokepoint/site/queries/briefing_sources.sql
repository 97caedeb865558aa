-- One row per source that was overdue on the day, as known on known_on, or was never delivered.
select
    if(brief.event_date is null, 'not delivered', 'overdue') as status,
    freshness.source_id,
    coalesce(names.source_name, freshness.producer) as source_name,
    brief.event_date as overdue_since,
from reports.rpt_source_freshness as freshness
left join reports.brief(getvariable('as_of'), getvariable('known_on')) as brief
    on freshness.source_id = brief.source_id and brief.line_kind = 'stale_source'
left join marts.dim_trade_source as names
    on freshness.source_id = names.source_id
where brief.event_date is not null or freshness.status = 'not delivered'
order by status desc, overdue_since, freshness.source_id;
