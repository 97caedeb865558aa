-- A2: Which suspensions, exemptions and temporary rules end soon, and what follows then?
-- One row per clause, destination, user type and account that ends within the days. Suspensions
-- that have ended with no later act are listed too. Trade is of one importer in the latest
-- complete year, from the exporters that the clause restricts. It is empty for clauses addressed
-- to other importers. The upper value counts only codes with figures: codes_with_trade of
-- codes_listed; missing_goods names those without that may hold the most. It bounds the whole
-- where has_complete_upper_bound. `total_in_words` sums all clauses in force for the importer
-- (reports.trade_totals).
-- Certainty: `settled`, `presumed` (no act confirms that a suspension ended) or `disputed`, with
-- the rival account in the same row.
-- list_read_to: somebody read the authority's list of acts up to that day, where not empty.
-- newest_source_on: day of the newest source recorded. newest_act: the newest act seen.
-- param: as_of date 'Day the answer is for; default: today'
-- param: days count 'Days ahead; default: 90'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- short: answer, measure_id, certainty, clause_id, destination, ends_on, state_after
-- short: value_meur_low, title
-- first: is_ahead desc, days_left 'what is still to end, the nearest first'
with

asked as (
    select
        coalesce(cast(getvariable('as_of') as date), current_date) as as_of,
        coalesce(cast(getvariable('days') as integer), 90) as days,
        cast(getvariable('known_on') as date) as known_on,
),

importers as (
    select place_code as reporter
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27'))
),

-- Asked once, for the clauses and for the total.
flows_under_law as materialized (
    select
        partner_iso3,
        product_code,
        state,
        nomenclature,
        weight_period,
        part_of_product_code,
        high_raised_by,
        product_value_eur,
        value_eur_low,
        value_eur_high,
        measure_count,
    from reports.trade_under_measures(
        coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
        null,
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date)
    )
),

codes_under_law as materialized (
    select *
    from reports.listed_codes(
        coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
        null,
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date)
    )
),

-- Every flow has one row of what no measure covers, be it nothing.
weights as (
    select *
    from flows_under_law
    where state = 'not_covered' and part_of_product_code is null
),

-- What each clause bears on, at most: a partly covered code counts whole in the upper value.
trade as (
    select
        scope.measure_id,
        scope.clause_id,
        addressed.destination,
        max(weights.weight_period) as weight_period,
        sum(weights.product_value_eur * scope.share_low) as value_eur_low,
        sum(weights.product_value_eur * scope.share_high) as value_eur_high,
    from marts.bridge_product_coverage as scope
    inner join marts.bridge_measure_exporters as exporters using (measure_id)
    inner join (
        select distinct
            destinations.measure_id,
            destinations.clause_id,
            destinations.destination,
        from marts.bridge_measure_destinations as destinations, importers
        where destinations.country_code = importers.reporter
    ) as addressed using (measure_id, clause_id)
    inner join weights
        on
            exporters.country_iso3 = weights.partner_iso3
            and scope.nomenclature = weights.nomenclature
            and scope.product_code = weights.product_code
    where scope.coverage <> 'may_overlap'
    group by scope.measure_id, scope.clause_id, addressed.destination
),

listed as (
    select
        measure_id,
        clause_id,
        destination,
        count(distinct product_code) as codes_listed,
        count(distinct product_code) - count(distinct product_code) filter (figures_of is null)
            as codes_with_trade,
        count(distinct scope_id) as items_without_code,
        bool_and(coverage <> 'not_recorded') as are_goods_recorded,
        string_agg(
            distinct coalesce(goods_name || ' (' || product_code || ')', product_code), ', '
        ) filter (figures_of is null and naming_order is not null) as missing_goods,
    from codes_under_law
    group by measure_id, clause_id, destination
),

total as (
    select
        'Imports of ' || coalesce(countries.country_name, importers.reporter)
        || ' under all measures in force: ' || totals.headline as total_in_words,
    from reports.trade_totals_of(
        (select list(flows_under_law) from flows_under_law),
        (select list(codes_under_law) from codes_under_law),
        null
    ) as totals
    cross join importers
    left join marts.dim_country as countries
        on importers.reporter = countries.country_iso3
    where totals.state = 'in_force'
)

select
    ending.answer,
    ending.certainty,
    ending.measure_id,
    ending.clause_id,
    ending.instrument_no,
    ending.destination,
    ending.user_type,
    ending.claim_group,
    ending.state,
    ending.ends_on,
    ending.days_left,
    ending.days_left >= 0 as is_ahead,
    ending.state_after,
    ending.rival_state,
    ending.rival_ends_on,
    ending.rival_rests_on,
    ending.hs6_count,
    importers.reporter,
    trade.weight_period,
    listed.codes_listed,
    listed.codes_with_trade,
    listed.items_without_code,
    round(trade.value_eur_low / 1e6, 1) as value_meur_low,
    round(trade.value_eur_high / 1e6, 1) as high_meur_of_codes_with_figures,
    listed.codes_with_trade = listed.codes_listed
    and listed.items_without_code = 0
    and listed.are_goods_recorded
        as has_complete_upper_bound,
    listed.missing_goods,
    ending.title,
    ending.act_title as rests_on,
    ending.act_source_url as source_url,
    reading.list_read_to,
    reading.newest_source_on,
    reading.newest_act,
    total.total_in_words,
from asked, importers, reports.measures_ending(asked.as_of, asked.days, asked.known_on) as ending
left join trade using (measure_id, clause_id, destination)
left join listed using (measure_id, clause_id, destination)
left join total on true
left join marts.dim_act as acts
    on ending.measure_id = acts.act_id
left join meta.law_coverage as reading
    on acts.jurisdiction = reading.jurisdiction
order by ending.days_left, ending.measure_id, ending.clause_id, ending.claim_group;
