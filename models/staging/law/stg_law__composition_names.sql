with

composition_names as (
    select * from {{ ref('composition_names') }}
),

renamed as (
    select
        term,
        name_kind,
        elements,
        family_id,
        family_group,
        member_of,
        formulas,
        english as english_names,
        german as german_names,
        french as french_names,
        trade_names,
        cas_number,
        source_title,
        source_url,
        note,
    from composition_names
)

select * from renamed
