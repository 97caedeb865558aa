-- One row per jurisdiction that restricts exports to the importer on the day: up to which day its
-- list of acts was read, and its newest source. Empty what is of later than known_on.
with

asked as (
    select
        cast(getvariable('as_of') as date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
),

restricting as (
    select
        jurisdiction,
        count(distinct measure_id) as measure_count,
    from temp.briefing_states
    where claim_group = 'base' and is_reaching
    group by jurisdiction
)

select
    coalesce(countries.country_name, restricting.jurisdiction) as place,
    if(coverage.list_read_to <= asked.known_on, coverage.list_read_to, null) as list_read_to,
    if(coverage.newest_source_on <= asked.known_on, coverage.newest_source_on, null)
        as newest_source_on,
    coalesce(coverage.list_read_to, coverage.newest_source_on) <= asked.known_on
    and coverage.stale_after < asked.as_of as is_overdue,
from restricting
cross join asked
left join meta.law_coverage as coverage using (jurisdiction)
left join marts.dim_country as countries
    on restricting.jurisdiction = countries.country_iso2
order by restricting.measure_count desc, place;
