with

conditions as (
    select * from {{ ref('int_dependency__conditions') }}
),

cells as (
    select * from {{ ref('int_dependency__cells') }}
),

definitions as (
    select * from {{ ref('stg_reference__dependency_definitions') }}
),

strategic_products as (
    select * from {{ ref('stg_reference__strategic_products') }}
),

-- Which condition decides: one that is missed before one that is open before one that is met, and
-- among these the one nearest to its threshold or furthest below it.
margins as (
    select
        *,
        (
            case when not is_met then 0 when is_met is null then 1 else 2 end,
            coalesce(value, value_low, value_high, cast('infinity' as double)) / threshold,
            condition_number
        ) as decisive_order,
    from conditions
),

-- All conditions of a year together: one that fails decides, else one that is unknown.
years as (
    select
        product_period_number,
        reporter_code,
        definition_id,
        any_value(source_id) as source_id,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        case
            when bool_or(not is_met) then false
            when bool_and(is_met is not null) then true
        end as is_met,
        count(*) as condition_count,
        count(*) filter (where is_met) as conditions_met,
        count(*) filter (where is_met is null) as conditions_unknown,
        arg_min(indicator_id, decisive_order) as decisive_indicator_id,
        arg_min(value, decisive_order) filter (where value is not null)
            as decisive_value,
        arg_min(threshold, decisive_order) as decisive_threshold,
    from margins
    group by product_period_number, reporter_code, definition_id
),

-- Of countries outside the EU what is too small for a verdict is left out; all are judged above,
-- since other years count.
shown_cells as (
    select
        product_period_number,
        reporter_code,
        own_import_value_eur,
        extra_eu_total_eur,
        extra_eu_border_eur,
        intra_eu_border_eur,
        coverage,
    from cells
    where is_eu_reporter or own_import_value_eur >= {{ var('small_cell_floor_eur') }}
),

texts as (
    select
        margins.product_period_number,
        margins.reporter_code,
        margins.definition_id,
        string_agg(
            concat_ws(
                ' ',
                margins.indicator_id,
                case
                    when
                        margins.value_low < margins.value_high
                        and (margins.is_met is null or margins.value is null)
                        then
                            {{ plain_number('margins.value_low') }}
                            || ' to ' || {{ plain_number('margins.value_high') }}
                    when margins.value is not null then {{ plain_number('margins.value') }}
                    when margins.years_at_hand is not null
                        then
                            'not known, ' || margins.years_at_hand || ' of '
                            || margins.window_years || ' years at hand,'
                    else 'not known'
                end,
                case
                    when margins.is_met then 'meets'
                    when not margins.is_met then 'misses'
                    else 'leaves open'
                end,
                margins.comparison,
                {{ plain_number('margins.threshold') }}
            ),
            '; '
            order by margins.condition_number
        ) as reason,
    from margins
    semi join shown_cells
        on
            margins.product_period_number = shown_cells.product_period_number
            and margins.reporter_code = shown_cells.reporter_code
    group by margins.product_period_number, margins.reporter_code, margins.definition_id
),

-- Definitions that ask for several good years of a window: those at hand, good and bad.
good_years as (
    select
        years.product_period_number,
        years.reporter_code,
        years.definition_id,
        count(*) filter (where others.is_met) as years_met,
        count(*) filter (where not others.is_met) as years_missed,
    from years
    inner join definitions
        on years.definition_id = definitions.definition_id
    inner join years as others
        on
            years.reporter_code = others.reporter_code
            and years.source_id = others.source_id
            and years.nomenclature = others.nomenclature
            and years.product_code = others.product_code
            and years.definition_id = others.definition_id
            and cast(others.period as integer)
            between cast(years.period as integer) - definitions.window_years + 1
            and cast(years.period as integer)
    where definitions.year_rule = 'count'
    group by years.product_period_number, years.reporter_code, years.definition_id
),

counted as (
    select
        years.*,
        definitions.definition_name,
        definitions.year_rule,
        definitions.window_years,
        definitions.years_needed,
        definitions.applies_to,
        definitions.import_base,
        definitions.is_primary_consulted,
        definitions.is_approximation,
        definitions.minimum_import_value_eur,
        good_years.years_met,
        good_years.years_missed,
    from years
    inner join definitions
        on years.definition_id = definitions.definition_id
    left join good_years
        on
            years.product_period_number = good_years.product_period_number
            and years.reporter_code = good_years.reporter_code
            and years.definition_id = good_years.definition_id
),

judged as (
    select
        counted.*,
        case
            when counted.year_rule <> 'count' then counted.is_met
            when counted.years_met >= counted.years_needed then true
            when counted.years_missed > counted.window_years - counted.years_needed then false
        end as verdict,
        case
            when counted.year_rule = 'count'
                then
                    counted.years_met || ' of ' || counted.window_years || ' years meet all, '
                    || counted.years_missed || ' do not, ' || counted.years_needed
                    || ' needed; this year: '
            when counted.year_rule = 'mean'
                then 'means of ' || counted.window_years || ' years: '
            else ''
        end || texts.reason as full_reason,
        case counted.import_base
            when 'own_imports' then shown_cells.own_import_value_eur
            when 'extra_eu_imports' then shown_cells.extra_eu_total_eur
            when 'extra_and_intra_eu_imports'
                then shown_cells.extra_eu_border_eur + shown_cells.intra_eu_border_eur
        end as import_value_eur,
        shown_cells.coverage,
        counted.applies_to <> 'strategic_raw_materials'
        or strategic_products.product_code is not null
            as is_applicable,
        strategic_products.strategic_material,
        strategic_products.match_quality,
        greatest(
            {{ var('small_cell_floor_eur') }}, coalesce(counted.minimum_import_value_eur, 0)
        ) as floor_eur,
    from counted
    inner join texts
        on
            counted.product_period_number = texts.product_period_number
            and counted.reporter_code = texts.reporter_code
            and counted.definition_id = texts.definition_id
    inner join shown_cells
        on
            counted.product_period_number = shown_cells.product_period_number
            and counted.reporter_code = shown_cells.reporter_code
    left join strategic_products
        on counted.product_code = strategic_products.product_code
),

final as (
    select
        product_period_number,
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        definition_id,
        definition_name,
        case
            when not is_applicable then 'applies to strategic raw materials only'
            else
                case
                    when applies_to = 'strategic_raw_materials' and match_quality = 'shared'
                        then 'the code holds ' || strategic_material || ' among other goods; '
                    else ''
                end
                || case
                    when coalesce(import_value_eur, 0) < floor_eur
                        then
                            'imports below EUR ' || cast(cast(floor_eur as bigint) as varchar)
                            || ', too small for a verdict; '
                    else ''
                end
                || full_reason
        end as reason,
        case
            when not is_applicable then 'not_applicable'
            when coalesce(import_value_eur, 0) < floor_eur then 'small_cell'
            when verdict is null then 'unknown'
            when coverage is not null and is_approximation
                then 'approximation_on_partial_coverage'
            when coverage is not null then 'partial_coverage'
            when is_approximation then 'approximation'
            when not is_primary_consulted then 'as_cited'
            else 'as_defined'
        end as certainty,
        decisive_indicator_id,
        {{ significant('decisive_value') }} as decisive_value,
        decisive_threshold,
        cast(condition_count as integer) as condition_count,
        cast(conditions_met as integer) as conditions_met,
        cast(conditions_unknown as integer) as conditions_unknown,
        {{ significant('import_value_eur') }} as import_value_eur,
        case
            when is_applicable and coalesce(import_value_eur, 0) >= floor_eur then verdict
        end as is_dependent,
    from judged
)

-- Numbered by product, source, nomenclature and period.
select * exclude (product_period_number) from final
order by reporter_code, product_period_number, definition_id
