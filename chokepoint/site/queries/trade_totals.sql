-- One row per importer (EU27 or one that is followed) and state: imports under clauses addressed to
-- it on the day, as known on the day, and of how many listed codes that is said.
with

importers as (
    select 'EU27' as importer
    union all
    select country_iso3 as importer
    from marts.dim_country
    where is_followed_importer
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
        cast(getvariable('as_of') as date)
    ) as totals
order by importers.importer, totals.state_rank;
