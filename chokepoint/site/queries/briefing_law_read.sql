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
    restricting.jurisdiction,
    coalesce(countries.country_name, restricting.jurisdiction) as place,
    restricting.measure_count,
    case when coverage.list_read_to <= asked.known_on then coverage.list_read_to end
        as list_read_to,
    case when coverage.newest_source_on <= asked.known_on then coverage.newest_source_on end
        as newest_source_on,
    case
        when
            coalesce(coverage.list_read_to, coverage.newest_source_on) <= asked.known_on
            and asked.as_of > coverage.stale_after
            then coverage.stale_after
    end as was_due_by,
from restricting
cross join asked
left join meta.law_coverage as coverage
    on restricting.jurisdiction = coverage.jurisdiction
left join marts.dim_country as countries
    on restricting.jurisdiction = countries.country_iso2
order by restricting.measure_count desc, place;
