-- One row per jurisdiction: up to which day its list of acts was read, the newest source and act
-- seen, and whether it should have been read again by the day. The longest overdue first.
select
    coverage.jurisdiction,
    coverage.list_read_to,
    coverage.newest_source_on,
    coverage.newest_act,
    coverage.newest_act_on,
    coverage.measure_count,
    coverage.stale_after,
    case
        when
            coverage.stale_after < coalesce(cast(getvariable('as_of') as date), current_date)
            then 'stale'
        else 'fresh'
    end as status,
    coalesce(cast(getvariable('as_of') as date), current_date) - coverage.stale_after as days_late,
from meta.law_coverage as coverage
order by days_late desc, coverage.jurisdiction;
