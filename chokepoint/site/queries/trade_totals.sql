-- One row per importer (those of the variable `importers`, else EU27 and those that are followed)
-- and state: imports under clauses addressed to it on the day, as known on the day or on known_on,
-- and of how many listed codes that is said.
with

importers as (
    select distinct unnest(
        coalesce(
            cast(getvariable('importers') as varchar[]),
            (
                select list_prepend('EU27', list(country_iso3))
                from marts.dim_country
                where is_followed_importer
            )
        )
    ) as importer,
)

select
    importers.importer,
    totals.*,
from
    importers,
    reports.trade_totals(
        importers.importer,
        null,
        cast(getvariable('as_of') as date),
        coalesce(cast(getvariable('known_on') as date), cast(getvariable('as_of') as date))
    ) as totals
order by importers.importer, totals.state_rank;
