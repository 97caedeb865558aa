-- One row per measure, clause and recorded destination, as known on the day or on known_on: the
-- countries that the destination takes in. Other queries read it as temp.destinations.
select
    measure_id,
    clause_id,
    destination,
    list(country_code) as importers,
from marts.bridge_measure_destinations
where
    known_from <= coalesce(getvariable('known_on'), getvariable('as_of'))
    and coalesce(known_to > coalesce(getvariable('known_on'), getvariable('as_of')), true)
group by all;
