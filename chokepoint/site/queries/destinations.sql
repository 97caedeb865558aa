-- One row per measure, clause and recorded destination: the EU27 and those of the followed
-- importers that the destination takes in, as known on the day.
select
    destinations.measure_id,
    destinations.clause_id,
    destinations.destination,
    coalesce(
        list(destinations.country_code) filter (
            destinations.country_code = 'EU27' or countries.is_followed_importer
        ),
        []
    ) as importers,
from marts.bridge_measure_destinations as destinations
left join marts.dim_country as countries
    on destinations.country_code = countries.country_iso3
where
    destinations.known_from <= cast(getvariable('as_of') as date)
    and coalesce(destinations.known_to > cast(getvariable('as_of') as date), true)
group by all;
