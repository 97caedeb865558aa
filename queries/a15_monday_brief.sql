-- A15: What is new on a Monday: law, ends of rules, claims, flows, promises, overdue sources?
-- One row per line of the brief for the days that end on as_of, most severe first, and of those
-- what reaches the EU. No fact comes twice, and each has its evidence. With known_on the brief has
-- only what was known on that day. A source without its latest period is `stale_source`: missing
-- data are never read as zero. Law that was not checked for long is `stale_law`.
-- Certainty: settled, presumed, disputed, imprecise_date, reported_only, as_cited or as_stated
-- (claims).
-- param: as_of date 'Last day of the week; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: days count 'Days that end on as_of; default: 7'
-- param: line_kind text 'Only lines of this kind, such as expiry; default: all'
-- short: severity, certainty, headline, event_date, days_left, line_kind
-- first: 'severity'
select brief.* exclude (brief.fact_id)
from reports.brief(
    coalesce(cast(getvariable('as_of') as date), current_date),
    cast(getvariable('known_on') as date),
    days := coalesce(cast(getvariable('days') as integer), 7)
) as brief
where coalesce(brief.line_kind = lower(trim(cast(getvariable('line_kind') as varchar))), true)
order by brief.brief_number;
