with

composition_names as (
    select * from {{ ref('composition_names') }}
),

renamed as (
    select
        name_id,
        name_kind,
        name_pattern,
        elements,
        family_id,
        family_group,
        formula_elements,
        source_title,
        source_url,
        note,
    from composition_names
)

select * from renamed
