-- One row per source: how much of the EU imports of some codes moved away, between two years, from
-- the largest supplier of each code. Variables: codes, from_year, to_year.
select *
from
    reports.derisking_summary(
        'EU27',
        getvariable('from_year'),
        getvariable('to_year'),
        as_of := cast(getvariable('as_of') as date),
        codes := getvariable('codes')
    )
order by comparable_products desc, imports_eur desc;
