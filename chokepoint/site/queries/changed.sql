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
    reports.brief(
        cast(getvariable('as_of') as date), cast(getvariable('as_of') as date), days := 30
    )
where data_origin <> 'synthetic'
order by
    event_date > cast(getvariable('as_of') as date),
    if(event_date > cast(getvariable('as_of') as date), event_date, null),
    event_date desc,
    brief_number;
