with

years as (select * from {{ ref('int_dependency__yearly_verdicts') }}),
definitions as (select * from {{ ref('dependency_definitions') }}),
strategic_products as (select * from {{ ref('strategic_products') }}),
conditions as (select * from {{ ref('int_dependency__conditions') }}),
cells as (select * from {{ ref('int_dependency__cells') }}),
bounds as (select * from {{ ref('int_trade__source_bounds') }}),

-- Of countries outside the EU what is too small for a verdict is left out of verdicts.
shown_cells as (
    select
        *,
        extra_eu_border_eur + intra_eu_border_eur as extra_and_intra_eu_eur,
    from cells
    where is_eu_reporter or own_import_value_eur >= {{ var('small_cell_floor_eur') }}
),

texts as (
    select
        conditions.product_period_number,
        conditions.reporter_code,
        conditions.definition_id,
        string_agg(
            concat_ws(
                ' ',
                replace(conditions.indicator_id, '_', ' '),
                case
                    when
                        conditions.value_low < conditions.value_high
                        and (conditions.is_met is null or conditions.value is null)
                        then
                            {{ plain_number('conditions.value_low') }}
                            || ' to ' || {{ plain_number('conditions.value_high') }}
                    when conditions.value is not null then {{ plain_number('conditions.value') }}
                    when conditions.years_at_hand is not null
                        then
                            'not known, ' || conditions.years_at_hand || ' of '
                            || conditions.window_years || ' years at hand,'
                    else 'not known'
                end,
                case
                    when conditions.is_met then 'meets'
                    when not conditions.is_met then 'misses'
                    else 'leaves open'
                end,
                conditions.comparison,
                {{ plain_number('conditions.threshold') }}
            ),
            '; '
            order by conditions.condition_number
        ) as reason,
    from conditions
    semi join shown_cells
        using (product_period_number, reporter_code)
    group by conditions.product_period_number, conditions.reporter_code, conditions.definition_id
),

judged as (
    select
        years.*,
        definitions.definition_name,
        definitions.is_primary_consulted,
        definitions.is_approximation,
        case
            when definitions.year_rule <> 'count' then years.is_met
            when years.years_met >= definitions.years_needed then true
            when years.years_missed > definitions.window_years - definitions.years_needed
                then false
        end as verdict,
        case
            when
                definitions.applies_to = 'strategic_raw_materials'
                and strategic_products.match = 'shared'
                then
                    'the code holds ' || strategic_products.strategic_material
                    || ' among other goods; '
            else ''
        end as goods_text,
        case definitions.year_rule
            when 'count'
                then
                    years.years_met || ' of ' || definitions.window_years
                    || ' years meet all, ' || years.years_missed || ' do not, '
                    || definitions.years_needed || ' needed; this year: '
            when 'mean' then 'means of ' || definitions.window_years || ' years: '
            else ''
        end || texts.reason as full_reason,
        case definitions.import_base
            when 'own_imports' then shown_cells.own_import_value_eur
            when 'extra_eu_imports' then shown_cells.extra_eu_total_eur
            when 'extra_and_intra_eu_imports' then shown_cells.extra_and_intra_eu_eur
        end as import_value_eur,
        shown_cells.source_id,
        shown_cells.nomenclature,
        shown_cells.product_code,
        shown_cells.period,
        shown_cells.coverage,
        definitions.applies_to <> 'strategic_raw_materials'
        or strategic_products.product_code is not null as is_applicable,
        if(years.is_contradicted, bounds.other_reading, null) as other_reading,
        greatest(
            {{ var('small_cell_floor_eur') }}, coalesce(definitions.minimum_import_value_eur, 0)
        ) as floor_eur,
    from years
    inner join definitions
        using (definition_id)
    inner join texts
        using (product_period_number, reporter_code, definition_id)
    inner join shown_cells
        using (product_period_number, reporter_code)
    left join strategic_products
        on shown_cells.product_code = strategic_products.product_code
    left join bounds
        on
            shown_cells.reporter_code = bounds.reporter_code
            and shown_cells.source_id = bounds.source_id
            and shown_cells.product_code = bounds.product_code
            and shown_cells.period = bounds.period
            and bounds.supplier_scope = if(shown_cells.is_eu_reporter, 'extra_eu', 'all')
            and bounds.is_furthest
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
            when coalesce(import_value_eur, 0) < floor_eur
                then
                    goods_text || 'imports below EUR '
                    || cast(cast(floor_eur as bigint) as varchar)
                    || ', too small for a verdict; ' || full_reason
            else
                goods_text || full_reason
                || coalesce('; sources disagree: ' || other_reading, '')
        end as reason,
        case
            when not is_applicable then 'not_applicable'
            when coalesce(import_value_eur, 0) < floor_eur then 'small_cell'
            when is_contradicted then 'sources_disagree'
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
