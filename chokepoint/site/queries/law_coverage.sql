-- One row per jurisdiction: up to which day its list of acts was read, the newest source and act
-- seen, and whether it should have been read again by the day. The longest overdue first.
select
    *,
    if(stale_after < cast(getvariable('as_of') as date), 'stale', 'fresh') as status,
    cast(getvariable('as_of') as date) - stale_after as days_late,
from meta.law_coverage
order by days_late desc, jurisdiction;
