-- A2: Which suspensions, exemptions and temporary rules end soon, and what follows then?
-- One row per clause, destination, user type and account that ends within the days. Suspensions
-- that have ended with no later act are listed too. Trade is of one importer in the latest
-- complete year, from the exporters that the clause restricts. It is empty for clauses addressed
-- to other importers. The upper value counts only codes with figures: codes_with_trade of
-- codes_listed; missing_goods names those without that may hold the most. It bounds the whole
-- where has_complete_upper_bound. `total_in_words` counts what has lapsed and sums all clauses in
-- force for the importer (reports.trade_totals).
-- Certainty: as in a01; `presumed`: no act confirms that a suspension ended; `disputed`: the rival
-- account is in the same row.
-- list_read_to: somebody read the authority's list of acts up to that day, where not empty.
-- newest_source_on: day of the newest source recorded. newest_act: the newest act seen.
-- param: as_of date 'Day the answer is for; default: today'
-- param: days count 'Days ahead; default: 90'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- short: answer, measure_id, claim_group, certainty, ends_on, state_after, rival_state
-- short: rival_ends_on, clause_id, destination, value_meur_low, title
-- first: is_rival, is_ahead desc, days_left 'account, what is still to end first'
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
    select *
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
),

endings as (
    select
        ending.*,
        ending.claim_group <> 'base' as is_rival,
        ending.state = 'lapsed_presumed' as is_lapsed,
        count(distinct ending.measure_id) filter (is_lapsed) over () as lapsed_count,
        count(distinct ending.measure_id) filter (is_lapsed and acts.standing <> 'relief') over ()
            as lapsed_restriction_count,
        acts.jurisdiction,
        count(distinct ending.measure_id) filter (is_lapsed and ending.rival_state is not null)
            over () as rival_count,
        max(ending.ends_on) filter (is_lapsed) over () as last_lapsed_on,
        count(distinct ending.measure_id) filter (not is_lapsed and not is_rival) over ()
            as ahead_count,
    from asked, reports.measures_ending(asked.as_of, asked.days, asked.known_on) as ending
    left join marts.dim_act as acts
        on ending.measure_id = acts.act_id
)

select
    endings.answer,
    endings.certainty,
    endings.measure_id,
    endings.clause_id,
    endings.instrument_no,
    endings.destination,
    endings.user_type,
    endings.claim_group,
    endings.state,
    endings.ends_on,
    endings.days_left,
    endings.days_left >= 0 as is_ahead,
    endings.state_after,
    endings.rival_state,
    endings.rival_ends_on,
    endings.rival_rests_on,
    endings.hs6_count,
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
    endings.title,
    endings.act_title as rests_on,
    endings.act_source_url as source_url,
    reading.list_read_to,
    reading.newest_source_on,
    reading.newest_act,
    endings.is_rival,
    concat_ws(
        ' ',
        'Acts recorded to end in the next ' || asked.days || ' days: ' || endings.ahead_count
        || '. Lapsed with no later act on record: restrictions '
        || endings.lapsed_restriction_count || ', acts of relief '
        || endings.lapsed_count - endings.lapsed_restriction_count
        || coalesce(', the latest on ' || strftime(endings.last_lapsed_on, '%-d %B %Y'), '') || '.',
        'A rival account contradicts ' || nullif(endings.rival_count, 0) || ' of the '
        || endings.lapsed_count || '.',
        total.total_in_words
    ) as total_in_words,
from endings
cross join asked
cross join importers
left join trade using (measure_id, clause_id, destination)
left join listed using (measure_id, clause_id, destination)
left join total on true
left join meta.law_coverage as reading using (jurisdiction)
order by endings.days_left, endings.measure_id, endings.clause_id, endings.claim_group;
