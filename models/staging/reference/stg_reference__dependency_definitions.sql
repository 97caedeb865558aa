with

dependency_definitions as (
    select * from {{ ref('dependency_definitions') }}
),

renamed as (
    select
        definition_id,
        definition_name,
        source_title,
        source_section,
        year_rule,
        applies_to,
        import_base,
        note,
        window_years,
        years_needed,
        minimum_import_value_eur,
        {{ yes_or_no('is_primary_consulted') }} as is_primary_consulted,
        {{ yes_or_no('is_approximation') }} as is_approximation,
    from dependency_definitions
)

select * from renamed
