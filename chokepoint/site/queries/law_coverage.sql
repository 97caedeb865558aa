-- One row per jurisdiction: up to which day its list of acts was read, the newest source and act
-- seen, and whether it should have been read again by the day. The longest overdue first.
select
    *,
    if(stale_after < getvariable('as_of'), 'stale', 'fresh') as status,
    getvariable('as_of') - stale_after as days_late,
from meta.law_coverage
order by days_late desc, jurisdiction;
