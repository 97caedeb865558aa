-- One row per jurisdiction that restricts exports to the importer on the day: up to which day its
-- list of acts was read, and its newest source. Empty what is of later than known_on.
select
    coalesce(any_value(countries.country_name), jurisdiction) as place,
    any_value(coverage.list_read_to)
        filter (coverage.list_read_to <= getvariable('known_on')) as list_read_to,
    any_value(coverage.newest_source_on)
        filter (coverage.newest_source_on <= getvariable('known_on')) as newest_source_on,
    any_value(coalesce(coverage.list_read_to, coverage.newest_source_on))
    <= getvariable('known_on')
    and any_value(coverage.stale_after) < getvariable('as_of') as is_overdue,
from temp.briefing_states as states
left join meta.law_coverage as coverage using (jurisdiction)
left join marts.dim_country as countries
    on jurisdiction = countries.country_iso2
where states.claim_group = 'base' and states.is_reaching
group by jurisdiction
order by count(distinct states.measure_id) desc, place;
