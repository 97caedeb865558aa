-- One row per measure and country that it is aimed at by name, or whose firms it lists, as known on
-- the day.
select
    measure_id,
    country_code,
    min(named) as named,
from marts.bridge_measure_destinations
where
    named is not null
    and known_from <= getvariable('as_of')
    and (known_to is null or getvariable('as_of') < known_to)
group by measure_id, country_code
order by country_code, measure_id;
