-- One row per source that lands as files: its last period, when that was known, and whether a newer
-- one should have come by the day. Never delivered is not stale.
select
    freshness.*,
    sources.producer,
    sources.title,
    sources.data_origin,
    case
        when freshness.row_count is null then 'not delivered'
        when freshness.stale_after is null then 'no due date'
        when freshness.stale_after < getvariable('as_of') then 'stale'
        else 'fresh'
    end as status,
    getvariable('as_of') - freshness.stale_after as days_late,
from meta.freshness
left join meta.sources using (source_id)
qualify row_number() over (partition by freshness.source_id order by sources.table_name) = 1
order by
    list_position(['stale', 'fresh', 'no due date', 'not delivered'], status),
    days_late desc,
    freshness.source_id;
