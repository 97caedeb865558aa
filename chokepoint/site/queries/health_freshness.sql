-- One row per source that lands as files: its last period, when that was known, and whether a newer
-- one should have come by the day. Never delivered is not stale.
select
    freshness.source_id,
    sources.producer,
    sources.title,
    freshness.cadence,
    case
        when freshness.row_count is null then 'not delivered'
        when freshness.stale_after is null then 'no due date'
        when
            freshness.stale_after < coalesce(cast(getvariable('as_of') as date), current_date)
            then 'stale'
        else 'fresh'
    end as status,
    freshness.latest_period,
    freshness.row_count,
    freshness.quarantined_count,
    sources.data_origin,
    freshness.latest_period_end,
    freshness.known_on,
    freshness.stale_after,
    coalesce(cast(getvariable('as_of') as date), current_date) - freshness.stale_after as days_late,
from meta.freshness as freshness
left join meta.sources as sources
    on freshness.source_id = sources.source_id
qualify row_number() over (partition by freshness.source_id order by sources.table_name) = 1
order by
    case status when 'stale' then 1 when 'fresh' then 2 when 'no due date' then 3 else 4 end,
    days_late desc,
    freshness.source_id;
