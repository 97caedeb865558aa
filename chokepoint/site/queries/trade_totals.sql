-- One row per importer of the variable `importers` and state: imports under clauses addressed to it
-- on the day, as known on the day or on known_on, and of how many listed codes that is said.
select
    importers.importer,
    totals.*,
from
    (select unnest(getvariable('importers')) as importer) as importers,
    reports.trade_totals(
        importers.importer,
        null,
        getvariable('as_of'),
        coalesce(getvariable('known_on'), getvariable('as_of'))
    ) as totals
order by importers.importer, totals.state_rank;
