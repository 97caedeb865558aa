-- One row per material and source: how much of the EU imports of some codes moved away, between two
-- years, from the largest supplier of each code. Variable: asks, each with material, codes,
-- from_year and to_year.
select
    asks.material,
    moved.*
from
    (select unnest(getvariable('asks'), max_depth := 2)) as asks,
    reports.derisking_summary(
        'EU27',
        asks.from_year,
        asks.to_year,
        as_of := getvariable('as_of'),
        codes := asks.codes
    ) as moved
order by asks.material, moved.comparable_products desc, moved.imports_eur desc;
