-- A4: How much of what an importer buys from a partner is under which legal status?
-- One row per product and state, weighted by the latest complete year before the day. Each unit
-- counts once, in the strictest state of its measures. The rest is not_covered. A code that is
-- part_of another is counted there, in whole or in part: never add the two.
-- Certainty: `settled`, `presumed`, `reported_only` or `as_cited`, as in a03. `code_presumed`: the
-- law lists the equal code of another year, taken for the same goods. `bounds_only`: the covered
-- share is not known. `may_overlap`: a listed code of another edition may contain goods of this
-- one; no bound moves. `disputed`: the rival account is in the same row. `no_figures`: the code is
-- listed, but the importer has no figures for all its goods, which does not mean zero. In those
-- rows, and for importers other than the EU27, `eu27_product_meur` is what the EU27 imports of the
-- whole code. It is empty if the EU27 has no figures either. `total_in_words` says how many of the
-- listed codes a sum covers. There is no upper bound of the whole while codes or items have no
-- figures (reports.trade_totals; the list: reports.listed_codes). `low_raised_by`: codes of another
-- source within the code that are covered whole raise its low. `high_raised_by`: another source has
-- more in codes within the code than its own source has of all of it. The two disagree.
-- valid_from: since when the first of the measures has the state.
-- list_read_to: somebody read the authority's list of acts up to that day, where not empty.
-- newest_source_on: day of the newest source recorded. Of several jurisdictions the earliest.
-- One row without figures: `no_trade` (clauses hold, and what has figures was not bought),
-- or `none_recorded` (no clause).
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner place 'Exporting country (CN, CHN, China); default: CHN'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: product code 'HS6 or CN8 code, or its first digits; default: products under a measure'
-- short: product_code, part_of, certainty, state, valid_from, product_meur, low_meur, high_meur
-- short: instrument_nos, eu27_product_meur, weight_period
-- first: high_meur desc, eu27_product_meur desc 'upper value'
with

readings as (
    select
        exporters.country_iso3,
        case
            when bool_and(coverage.list_read_to is not null) then min(coverage.list_read_to)
        end as list_read_to,
        min(coverage.newest_source_on) as newest_source_on,
        arg_min(coverage.newest_act, coverage.newest_source_on) as newest_act,
    from marts.bridge_measure_exporters as exporters
    inner join marts.dim_act as acts
        on exporters.measure_id = acts.act_id
    inner join meta.law_coverage as coverage using (jurisdiction)
    group by exporters.country_iso3
),

asked as (
    select
        reporters.place_code as reporter,
        partners.place_code as partner,
        coalesce(cast(getvariable('as_of') as date), current_date) as as_of,
        case
            when not regexp_full_match(cast(getvariable('product') as varchar), ' *[0-9][0-9 .]*')
                then
                    error(
                        'product ' || left(cast(getvariable('product') as varchar), 60)
                        || ': a code of customs has digits only, such as 8505 11'
                    )
            else regexp_replace(cast(getvariable('product') as varchar), '[ .]', '', 'g')
        end as product,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27')) as reporters
    cross join reports.place(coalesce(cast(getvariable('partner') as varchar), 'CHN')) as partners
),

-- Asked once, for the rows and for the totals.
flows_under_law as materialized (
    select *
    from reports.trade_under_measures(
        coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
        coalesce(cast(getvariable('partner') as varchar), 'CHN'),
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date)
    )
),

codes_under_law as materialized (
    select *
    from reports.listed_codes(
        coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
        coalesce(cast(getvariable('partner') as varchar), 'CHN'),
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date)
    )
),

totals as (
    select
        totals.state,
        'Imports of ' || coalesce(countries.country_name, asked.reporter) || ', all products, '
        || replace(totals.state, '_', ' ') || ': ' || totals.headline as total_in_words,
    from reports.trade_totals_of(
        (select list(flows_under_law) from flows_under_law),
        (select list(codes_under_law) from codes_under_law),
        coalesce(cast(getvariable('partner') as varchar), 'CHN')
    ) as totals
    cross join asked
    left join marts.dim_country as countries
        on asked.reporter = countries.country_iso3
),

-- What the importer has no figures of, with those of the EU27 beside it.
lacking as (
    select
        product_code,
        partner_iso3,
        state,
        string_agg(distinct instrument_no, '; ' order by instrument_no) as instrument_nos,
        string_agg(distinct title, '; ' order by title) as titles,
        string_agg(distinct source_url, ' ' order by source_url) as source_urls,
        min(valid_from) as valid_from,
    from codes_under_law
    where product_code is not null
    group by product_code, partner_iso3, state
    having bool_or(figures_of is null)
),

of_the_eu as (
    select
        imports.partner_iso3,
        imports.product_code,
        arg_max(imports.value_eur, imports.period) as value_eur,
    from marts.fct_import_weights as imports
    inner join asked
        on cast(imports.period || '-12-31' as date) < asked.as_of
    where imports.reporter_code = 'EU27' and asked.reporter <> 'EU27'
    group by imports.partner_iso3, imports.product_code
),

answers as (
    select *
    from flows_under_law
    where measure_count > 0 or getvariable('product') is not null
    union all by name
    select
        *,
        'no_figures' as certainty,
    from lacking
),

told as (
    select
        answers.product_code,
        answers.part_of_product_code as part_of,
        answers.state,
        answers.certainty,
        answers.weight_period,
        answers.source_id,
        answers.nomenclature,
        round(answers.product_value_eur / 1e6, 2) as product_meur,
        round(answers.value_eur_low / 1e6, 2) as low_meur,
        round(answers.value_eur_central / 1e6, 2) as central_meur,
        round(answers.value_eur_high / 1e6, 2) as high_meur,
        round(of_the_eu.value_eur / 1e6, 2) as eu27_product_meur,
        round(answers.product_net_mass_kg / 1e3) as product_t,
        round(answers.net_mass_kg_low / 1e3) as low_t,
        round(answers.net_mass_kg_central / 1e3) as central_t,
        round(answers.net_mass_kg_high / 1e3) as high_t,
        answers.low_raised_by,
        answers.high_raised_by,
        answers.rival_claim_group,
        round(answers.rival_value_eur_low / 1e6, 2) as rival_low_meur,
        round(answers.rival_value_eur_high / 1e6, 2) as rival_high_meur,
        answers.may_overlap_measure_ids,
        answers.instrument_nos,
        answers.titles,
        answers.source_urls,
        answers.valid_from,
        readings.list_read_to,
        readings.newest_source_on,
        readings.newest_act,
        totals.total_in_words,
    from answers
    cross join asked
    left join of_the_eu
        using (partner_iso3, product_code)
    left join readings
        on answers.partner_iso3 = readings.country_iso3
    left join totals
        on answers.state = totals.state
    where asked.product is null or starts_with(answers.product_code, asked.product)
)

-- One row in words where there is nothing to tell.
select
    told.* replace (
        coalesce(
            told.state, if(exists (select 1 from totals), 'no_trade', 'none_recorded')
        ) as state,
        coalesce(told.certainty, 'no_answer') as certainty,
        case
            when told.state is not null then told.total_in_words
            when exists (select 1 from totals)
                then (
                    select string_agg(totals.total_in_words, ' ' order by totals.state)
                    from totals
                )
            when asked.partner = 'EU27'
                then 'Exports of the EU are recorded by member: name one.'
            when asked.partner not in (select readings.country_iso3 from readings)
                then 'No recorded measure restricts what ' || asked.partner || ' exports.'
            when asked.product is not null
                then
                    'No code that begins with ' || asked.product || ' has figures of '
                    || asked.reporter || ' from ' || asked.partner || '.'
            else
                'No recorded clause on what ' || asked.partner || ' exports stands for '
                || asked.reporter || ' on ' || asked.as_of
                || coalesce(' as known on ' || cast(getvariable('known_on') as date), '') || '.'
        end as total_in_words
    ),
from asked
left join told
    on true
order by told.product_code, told.state;
