with

definitions as (
    select * from {{ ref('dependency_definitions') }}
),

conditions as (
    select * from {{ ref('dependency_conditions') }}
),

texts as (
    select
        definition_id,
        string_agg(
            concat_ws(' ', indicator_id, comparison, {{ plain_number('threshold') }}),
            ' and '
            order by condition_number
        ) as rule_text,
        count(*) as condition_count,
        string_agg(distinct threshold_basis, '; ' order by threshold_basis) as threshold_basis,
    from conditions
    group by definition_id
),

final as (
    select
        definitions.definition_id,
        definitions.definition_name,
        texts.rule_text,
        definitions.year_rule,
        definitions.applies_to,
        definitions.import_base,
        definitions.source_title,
        definitions.source_section,
        texts.threshold_basis,
        definitions.note,
        cast(definitions.window_years as integer) as window_years,
        cast(definitions.years_needed as integer) as years_needed,
        cast(texts.condition_count as integer) as condition_count,
        cast(definitions.minimum_import_value_eur as double) as minimum_import_value_eur,
        definitions.is_primary_consulted,
        definitions.is_approximation,
    from definitions
    inner join texts
        on definitions.definition_id = texts.definition_id
)

select * from final
order by definition_id
