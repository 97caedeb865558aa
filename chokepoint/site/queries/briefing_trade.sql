-- One row per importer (the one asked for, and for a member of the EU the EU27 too) and state:
-- imports under clauses addressed to it on the day, as known on known_on, and of how many codes.
with

importers as (
    select distinct unnest([
        cast(getvariable('importer') as varchar), cast(getvariable('whole') as varchar)
    ]) as importer,
)

select
    importers.importer,
    totals.state,
    totals.codes_listed,
    totals.codes_with_trade,
    totals.items_without_code,
    totals.value_eur_low,
    totals.high_of_codes_with_figures,
    totals.has_complete_upper_bound,
    totals.headline,
from
    importers,
    reports.trade_totals(
        importers.importer,
        null,
        cast(getvariable('as_of') as date),
        cast(getvariable('known_on') as date)
    ) as totals
order by importers.importer, totals.state_rank;
