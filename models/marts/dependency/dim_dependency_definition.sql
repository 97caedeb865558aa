with

definitions as (select * from {{ ref('dependency_definitions') }}),
conditions as (select * from {{ ref('dependency_conditions') }}),

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
        definitions.* replace (
            cast(definitions.window_years as integer) as window_years,
            cast(definitions.years_needed as integer) as years_needed,
            cast(definitions.minimum_import_value_eur as double) as minimum_import_value_eur
        ),
        texts.rule_text,
        texts.threshold_basis,
        cast(texts.condition_count as integer) as condition_count,
    from definitions
    inner join texts
        on definitions.definition_id = texts.definition_id
)

select * from final
order by definition_id
