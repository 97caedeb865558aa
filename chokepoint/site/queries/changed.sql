-- One row per line of the brief of the 30 days before the day: the law first, then figures and
-- claims; overdue sources apart. No line of a synthetic sample.
select
    * exclude (data_origin),
    case
        when line_kind in ('new_act', 'state_change', 'expiry') then 'law'
        when starts_with(line_kind, 'stale_') then 'overdue'
        else 'figures'
    end as part,
from
    reports.brief(getvariable('as_of'), getvariable('as_of'), days := 30)
where data_origin <> 'synthetic'
order by
    event_date > getvariable('as_of'),
    if(event_date > getvariable('as_of'), event_date, null),
    event_date desc,
    brief_number;
