-- A10: Do importer and exporter report the same trade, and which third countries may reroute it?
-- One row per pair of figures (`mirror_gap`) or third country with an origin (`reroute_signal`).
-- The two sides are never averaged. A signal is no proof: two flows rose together. Third countries
-- are looked at where a source has four years of the trade of all countries.
-- Certainty: `two reports`, `reconciled, not two reports`, or why there is no gap.
-- param: product code 'HS6 code; default: 280530, rare-earth metals'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner place 'Exporter, third country or origin (CN, CHN, China); default: all'
-- param: year text 'Year or month (2024, 2024-03); default: 2024'
-- gone: top 'use --all'
-- found in: marts.fct_mirror_gaps product=product_code year=period reporter=importer_code
-- short: answer, product_code, certainty, reporter_code, partner_code, finding, relative_gap
-- short: period, origin_code, import_or_onward_value_meur, export_or_supply_value_meur, compared
-- first: place 'size within each kind'
with

gaps as (
    select
        'mirror_gap' as answer,
        pair_id as compared,
        product_code,
        period,
        importer_code as reporter_code,
        exporter_code as partner_code,
        report_kind as finding,
        importer_value_eur as first_value_eur,
        exporter_value_eur as second_value_eur,
        log_ratio,
        relative_gap,
        fob_adjusted_log_ratio_low,
        fob_adjusted_log_ratio_high,
        has_transit_hub as is_transit_hub,
        case
            when report_kind in ('unknown', 'neither_reports_a_value') then gap_reason
            when pair_kind = 'reconciled_against_reported' then 'reconciled, not two reports'
            else 'two reports'
        end || coalesce('; ' || edition_note, '') as certainty,
        greatest(coalesce(importer_value_eur, 0), coalesce(exporter_value_eur, 0)) as size_eur,
    from marts.fct_mirror_gaps
),

signals as (
    select
        'reroute_signal' as answer,
        'origin to third country, then to reporter' as compared,
        product_code,
        period,
        reporter_code,
        third_country_iso3 as partner_code,
        origin_iso3 as origin_code,
        case when is_correlated then 'rose, as over the years' else 'rose this year' end
        || case when has_direct_trade_fallen then ' while direct trade fell' else '' end as finding,
        onward_value_eur as first_value_eur,
        supply_value_eur as second_value_eur,
        is_known_transit_hub as is_transit_hub,
        reading as certainty,
        onward_value_eur - onward_mean_before_eur as size_eur,
    from marts.fct_reroute_signals
),

answers as (
    select * from gaps
    union all by name
    select * from signals
),

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '280530') as product_code,
        coalesce(cast(getvariable('year') as varchar), '2024') as period,
        reporters.place_code as reporter_code,
        partners.place_code as partner_code,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27')) as reporters
    cross join reports.place(cast(getvariable('partner') as varchar)) as partners
),

-- Where third countries are looked at: a rise needs a year before and the mean of three.
series as (
    select
        list(distinct exports.product_code) as codes,
        list_sort(list(distinct exports.period))[4:] as years,
        len(codes) || ' codes of ' || sources.source_name || ' in ' || years[1] || ' to '
        || years[-1] as words,
    from marts.fct_supplier_centrality as exports
    inner join marts.dim_trade_source as sources using (source_id)
    group by exports.source_id, exports.nomenclature, sources.source_name
    having count(distinct exports.period) > 3
),

looked_at as (
    select
        bool_or(
            list_contains(series.codes, asked.product_code)
            and list_contains(series.years, asked.period)
        ) as has_it,
        coalesce(string_agg(series.words, '; ' order by series.words), 'no codes') as words,
    from asked
    left join series
        on true
),

found as (
    select
        answers.*,
        row_number() over (
            partition by answers.answer, answers.compared
            order by answers.size_eur desc, answers.partner_code, answers.origin_code
        ) as place,
    from answers
    inner join asked using (product_code, period, reporter_code)
    where
        asked.partner_code is null
        or asked.partner_code in (answers.partner_code, answers.origin_code)
)

select
    found.answer,
    found.compared,
    found.product_code,
    found.period,
    found.reporter_code,
    found.partner_code,
    found.origin_code,
    found.finding,
    round(found.first_value_eur / 1e6, 3) as import_or_onward_value_meur,
    round(found.second_value_eur / 1e6, 3) as export_or_supply_value_meur,
    round(found.log_ratio, 3) as log_ratio,
    round(found.relative_gap, 3) as relative_gap,
    round(found.fob_adjusted_log_ratio_low, 3) as fob_adjusted_low,
    round(found.fob_adjusted_log_ratio_high, 3) as fob_adjusted_high,
    found.is_transit_hub,
    found.certainty,
    found.place,
    'Third countries for ' || found.product_code || ': ' || case
        when found.reporter_code <> 'EU27' then 'looked at for imports of the EU27 only.'
        when looked_at.has_it
            then 'signals: ' || count_if(found.answer = 'reroute_signal') over () || '.'
        else 'not looked at. Looked at are ' || looked_at.words || '.'
    end as total_in_words,
from found
cross join looked_at
order by found.answer, found.compared, found.place;
