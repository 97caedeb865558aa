with

crma_materials as (
    select * from {{ ref('crma_materials') }}
),

renamed as (
    select
        list as list_name,
        material,
        source,
    from crma_materials
)

select * from renamed
