with

materials as (
    select * from {{ ref('materials') }}
),

renamed as (
    select
        material,
        material_kind,
        note,
    from materials
)

select * from renamed
