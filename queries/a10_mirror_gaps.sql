-- A10: Do importer and exporter report the same trade, and which third countries may reroute it?
-- One row per pair of figures (`mirror_gap`) or third country with an origin (`reroute_signal`).
-- The two sides are never averaged. A signal is no proof: two flows rose together.
-- Certainty: `two reports`, `reconciled, not two reports`, or why there is no gap.
-- param: product code 'HS6 code; default: 280530, rare-earth metals'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner place 'Exporter, third country or origin (CN, CHN, China); default: all'
-- param: year text 'Year or month (2024, 2024-03); default: 2024'
-- param: top count 'Rows shown per pair of sources and for signals; default: 10'
-- found in: marts.fct_mirror_gaps product=product_code year=period reporter=importer_code
-- short: answer, product_code, certainty, reporter_code, partner_code, finding, relative_gap
-- short: period, origin_code, import_or_onward_value_meur, export_or_supply_value_meur, compared
-- first: 'kind of answer'
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
        answers.*,
        row_number() over (
            partition by answers.answer, answers.compared
            order by answers.size_eur desc, answers.partner_code, answers.origin_code
        ) as place,
    from answers
    cross join
        reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27')) as reporters
    cross join reports.place(cast(getvariable('partner') as varchar)) as partners
    where
        answers.product_code = coalesce(cast(getvariable('product') as varchar), '280530')
        and answers.period = coalesce(cast(getvariable('year') as varchar), '2024')
        and answers.reporter_code = reporters.place_code
        and (
            partners.place_code is null
            or answers.partner_code = partners.place_code
            or answers.origin_code = partners.place_code
        )
)

select
    answer,
    compared,
    product_code,
    period,
    reporter_code,
    partner_code,
    origin_code,
    finding,
    round(first_value_eur / 1e6, 3) as import_or_onward_value_meur,
    round(second_value_eur / 1e6, 3) as export_or_supply_value_meur,
    round(log_ratio, 3) as log_ratio,
    round(relative_gap, 3) as relative_gap,
    round(fob_adjusted_log_ratio_low, 3) as fob_adjusted_low,
    round(fob_adjusted_log_ratio_high, 3) as fob_adjusted_high,
    is_transit_hub,
    certainty,
from asked
where place <= coalesce(cast(getvariable('top') as integer), 10)
order by answer, compared, place;
