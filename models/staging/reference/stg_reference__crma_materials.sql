with

crma_materials as (
    select * from {{ ref('crma_materials') }}
),

renamed as (
    select
        list as list_name,
        material,
        source,
        in_force_from,
    from crma_materials
)

select * from renamed
