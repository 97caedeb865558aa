-- A5c: Which value has each indicator of dependency, of each material, code and year?
-- One row per source, nomenclature, code, year and indicator. Each has the definition of the
-- indicator, who uses it with which threshold, breaks of the series and a citation. A code that
-- belongs to several materials has one row and names them all. Sources are never mixed: a year and
-- code may have several, and parts of a code have rows beside the whole.
-- A sentence of each material is about its best code with most trade, in both ends of one series.
-- `match` says how the code holds each material: exact, dominant, shared or proxy; the best first.
-- Certainty: `as_computed`. `within_bounds`: partners without a name leave bounds. `small_cell`:
-- the trade is too small for shares to mean much. `partial_coverage`: the source lists the largest
-- flows; `note` says how many. `no_value`: none, or infinite.
-- `sources_disagree`: another source contradicts the imports; bounds span both, `note` says how.
-- param: materials list 'crm (critical), strategic, all, or names by commas; default: crm'
-- param: from text 'First year; default: 2012'
-- param: to text 'Last year; default: the latest'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- known: materials in marts.bridge_material_names(term)
-- known: materials as crm, critical, strategic, all
-- found in: marts.fct_dependency_indicators reporter=reporter_code
-- short: material, certainty, product_code, period, indicator, value, unit, source_id
-- first: period desc, material, match_rank, product_code 'year, and how the code fits'
with

asked as (
    select
        lower(trim(coalesce(cast(getvariable('materials') as varchar), 'crm'))) as materials,
        coalesce(cast(getvariable('from') as varchar), '2012') as first_period,
        coalesce(cast(getvariable('to') as varchar), '9999') as last_period,
        place_code as reporter_code,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27'))
),

words as (
    select unnest(string_split(materials, ',')) as word
    from asked
),

chosen as (
    select distinct materials.material
    from marts.dim_material as materials
    inner join words
        on
            trim(words.word) = 'all'
            or (trim(words.word) in ('crm', 'critical') and materials.is_critical)
            or (trim(words.word) = 'strategic' and materials.is_strategic)
            or materials.material in (
                select names.material
                from marts.bridge_material_names as names
                where names.term = trim(words.word)
            )
),

codes as (
    select
        links.product_code,
        string_agg(distinct links.material, '; ' order by links.material) as material,
        string_agg(
            distinct links.material || ': ' || links.match_quality,
            '; '
            order by links.material || ': ' || links.match_quality
        ) as match,
        -- A subheading and the CN code that is the whole of it hold a material alike.
        min(min(list_position(['exact', 'dominant', 'shared', 'proxy'], links.match_quality)))
            over (partition by regexp_replace(links.product_code, '^(.{6})00$', '\1'))
            as match_rank,
        any_value(products.product_name) as product_name,
    from marts.bridge_material_products as links
    inner join chosen
        on links.material = chosen.material
    left join marts.dim_product as products
        on links.product_code = products.product_code
    group by links.product_code
),

years as (
    select
        imports.product_code,
        imports.period,
        sources.series_id,
        sources.source_rank,
        max(max(imports.import_value_eur)) over (
            partition by regexp_replace(imports.product_code, '^(.{6})00$', '\1'), imports.period
        ) as most_value_eur,
        printf(
            '%s %s %.1f %%, dependent by %d of %d definitions (%s%s%s)', imports.period,
            imports.top_supplier_iso3, 100 * imports.top_supplier_value_share,
            coalesce(count_if(verdicts.is_dependent), 0), count(verdicts.is_dependent),
            sources.source_name, if(imports.is_small_cell, ', small trade', ''),
            coalesce(any_value('; sources disagree: ' || bounds.other_reading), '')
        ) as said,
    from marts.fct_import_concentration as imports
    semi join asked
        on
            imports.reporter_code = asked.reporter_code
            and imports.period between asked.first_period and asked.last_period
    inner join marts.dim_trade_source as sources using (source_id)
    left join (
        from marts.fct_source_bounds
        where is_furthest and agreement = 'sources_disagree'
    ) as bounds
        using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
    left join marts.fct_dependency_verdicts as verdicts
        using (reporter_code, source_id, nomenclature, product_code, period)
    anti join (
        from marts.fct_source_agreement
        where is_passed_over
    ) as passed_over
        using (reporter_code, source_id, product_code, period)
    where
        imports.supplier_scope = if(imports.reporter_code = 'EU27', 'extra_eu', 'all')
        and imports.top_supplier_value_share is not null
    group by
        imports.product_code, imports.period, imports.top_supplier_iso3, imports.is_small_cell,
        imports.top_supplier_value_share, sources.series_id, sources.source_rank,
        sources.source_name
),

sentences as (
    select
        codes.material,
        codes.product_code,
        codes.material || ' (' || codes.product_code || '), largest supplier: '
        || arg_min(years.said, years.period || printf('%02d', years.source_rank))
        || if(
            min(years.period) < max(years.period),
            '; ' || arg_max(years.said, years.period || printf('%02d', 99 - years.source_rank)), ''
        ) || '.' as total_in_words,
    from codes
    inner join years using (product_code)
    group by codes.material, codes.product_code, codes.match_rank, years.series_id
    qualify
        row_number() over (
            partition by codes.material
            order by
                codes.match_rank, max(years.period) desc,
                arg_max(years.most_value_eur, years.period) desc, min(years.source_rank)
        ) = 1
),

conditions as (
    select
        definition_name,
        unnest(string_split(rule_text, ' and ')) as condition,
    from marts.dim_dependency_definition
),

uses as (
    select
        split_part(condition, ' ', 1) as indicator_id,
        string_agg(
            definition_name || ': ' || regexp_replace(condition, '^[a-z0-9_]+ ', ''),
            '; '
            order by definition_name
        ) as used_by,
    from conditions
    group by split_part(condition, ' ', 1)
),

breaks as (
    select
        source_id,
        product_code,
        break_period,
        string_agg(distinct reason, '; ' order by reason) as note,
    from marts.dim_nomenclature_break
    group by source_id, product_code, break_period
),

cited as (
    select
        source_id,
        any_value(producer || ', ' || title || '. ' || licence || '. ' || url) as citation,
    from meta.sources
    group by source_id
)

select
    codes.material,
    codes.match,
    indicators.product_code,
    codes.product_name,
    indicators.period,
    indicators.indicator_id as indicator,
    cards.metric_name as indicator_name,
    round(indicators.value, 6) as value,
    round(indicators.value_low, 6) as value_low,
    round(indicators.value_high, 6) as value_high,
    indicators.is_infinite,
    cards.unit,
    case
        when indicators.value is null or indicators.is_infinite then 'no_value'
        when bounds.other_reading is not null then 'sources_disagree'
        when concentration.is_small_cell then 'small_cell'
        when concentration.coverage is not null then 'partial_coverage'
        when indicators.value_low <> indicators.value_high then 'within_bounds'
        else 'as_computed'
    end as certainty,
    cards.formula,
    uses.used_by,
    concat_ws(
        '; ', 'partly listed: ' || concentration.coverage, breaks.note, bounds.other_reading
    ) as note,
    indicators.reporter_code,
    indicators.source_id,
    indicators.nomenclature,
    cited.citation,
    -- The code of the sentence, then as the code fits.
    if(sentences.total_in_words is null, codes.match_rank, 0) as match_rank,
    sentences.total_in_words,
from marts.fct_dependency_indicators as indicators
inner join asked
    on
        indicators.reporter_code = asked.reporter_code
        and indicators.period between asked.first_period and asked.last_period
inner join codes using (product_code)
left join sentences using (product_code)
left join marts.fct_import_concentration as concentration
    on
        indicators.reporter_code = concentration.reporter_code
        and indicators.source_id = concentration.source_id
        and indicators.nomenclature = concentration.nomenclature
        and indicators.product_code = concentration.product_code
        and indicators.period = concentration.period
        and concentration.supplier_scope = if(indicators.reporter_code = 'EU27', 'extra_eu', 'all')
left join marts.fct_source_bounds as bounds
    on
        concentration.reporter_code = bounds.reporter_code
        and concentration.supplier_scope = bounds.supplier_scope
        and concentration.source_id = bounds.source_id
        and concentration.product_code = bounds.product_code
        and concentration.period = bounds.period
        and bounds.is_furthest
        and bounds.agreement = 'sources_disagree'
left join meta.metric_definitions as cards
    on indicators.indicator_id = cards.metric_id
left join uses using (indicator_id)
left join breaks
    on
        indicators.source_id = breaks.source_id
        and indicators.product_code = breaks.product_code
        and indicators.period = breaks.break_period
left join cited
    on indicators.source_id = cited.source_id
order by
    codes.material, match_rank, indicators.product_code, indicators.source_id,
    indicators.nomenclature, indicators.period, indicators.indicator_id;
