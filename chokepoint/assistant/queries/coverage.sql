-- What do measures cover, and for how many of their codes are there figures?
-- One row per measure, clause and state. `codes_with_figures` of `codes_listed` have import figures
-- of the importer; a code without figures is no zero. `items_without_code` are listed by the act
-- without a code. `total_in_words` is about all measures of the state, and is given where all are
-- asked for: bounds of the trade under them, and "N of M codes". A code that several measures list
-- counts in each of its rows, and once in the total. Never add the rows.
-- param: measure_id text 'One measure, for example CN-2025-18; default: all'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner place 'Exporting country (CN, CHN, China); default: all'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- known: measure_id in marts.dim_measure(measure_id)
-- short: measure_id, clause_id, state, partner_iso3, codes_with_figures, codes_listed
-- short: items_without_code, codes_without_figures, title
-- first: codes_listed desc 'codes listed'
with

asked as (
    select
        coalesce(cast(getvariable('reporter') as varchar), 'EU27') as reporter,
        cast(getvariable('partner') as varchar) as partner,
        coalesce(cast(getvariable('as_of') as date), current_date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
        cast(getvariable('measure_id') as varchar) as measure_id,
),

listed as (
    select codes.*
    from asked,
        reports.listed_codes(asked.reporter, asked.partner, asked.as_of, asked.known_on) as codes
    where codes.measure_id = coalesce(asked.measure_id, codes.measure_id)
),

totals as (
    select
        totals.state,
        replace(totals.state, '_', ' ') || ', all measures: ' || totals.headline as total_in_words,
    from asked, reports.trade_totals(
        asked.reporter, asked.partner, asked.as_of, asked.known_on
    ) as totals
    where asked.measure_id is null
)

select
    listed.measure_id,
    listed.clause_id,
    listed.state,
    listed.partner_iso3,
    any_value(listed.instrument_no) as instrument_no,
    count(distinct listed.product_code) as codes_listed,
    count(distinct listed.product_code) filter (listed.figures_of is not null)
        as codes_with_figures,
    count(distinct listed.scope_id) filter (listed.product_code is null) as items_without_code,
    string_agg(distinct listed.product_code, ' ' order by listed.product_code)
        filter (listed.figures_of is not null) as codes_with_figures_listed,
    string_agg(distinct listed.product_code, ' ' order by listed.product_code)
        filter (listed.figures_of is null) as codes_without_figures,
    any_value(listed.title) as title,
    any_value(listed.source_url) as source_url,
    min(listed.valid_from) as valid_from,
    any_value(totals.total_in_words) as total_in_words,
from listed
left join totals
    on listed.state = totals.state
group by listed.measure_id, listed.clause_id, listed.state, listed.partner_iso3
order by listed.measure_id, listed.clause_id, listed.partner_iso3;
