-- One row per importer (the one asked for, and for a member of the EU the EU27 too) and state:
-- imports under clauses addressed to it on the day, as known on known_on, and of how many codes,
-- and what the importer's sum leaves out of that of the EU27.
with

asked as (
    select
        cast(getvariable('as_of') as date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
        unnest([
            cast(getvariable('importer') as varchar), cast(getvariable('whole') as varchar)
        ]) as importer,
),

importers as (
    select distinct
        as_of,
        known_on,
        importer,
    from asked
),

-- Codes without figures of the importer, with what the EU27 imports of them.
lacking as (
    select distinct
        codes.state,
        codes.product_code,
        codes.goods_name,
    from reports.listed_codes(
        cast(getvariable('importer') as varchar),
        null,
        cast(getvariable('as_of') as date),
        cast(getvariable('known_on') as date)
    ) as codes
    where codes.figures_of is null and codes.product_code is not null
),

of_whole as (
    select
        product_code,
        sum(value_eur) as value_eur,
    from reports.latest_imports(
        cast(getvariable('whole') as varchar), null, cast(getvariable('as_of') as date)
    )
    group by product_code
),

left_out as (
    select
        lacking.state,
        count(*) as missing_of_whole_count,
        arg_max(lacking.goods_name || ' (' || lacking.product_code || ')', of_whole.value_eur)
            as missing_of_whole,
    from lacking
    inner join of_whole
        on lacking.product_code = of_whole.product_code
    where of_whole.value_eur > 0
    group by lacking.state
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
    left_out.missing_of_whole_count,
    left_out.missing_of_whole,
from
    importers,
    reports.trade_totals(
        importers.importer, null, importers.as_of, importers.known_on
    ) as totals
left join left_out
    on
        totals.state = left_out.state
        and importers.importer = cast(getvariable('importer') as varchar)
order by importers.importer, totals.state_rank;
