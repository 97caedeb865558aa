with

crma_materials as (select * from {{ ref('crma_materials') }}),
material_names as (select * from {{ ref('material_names') }}),

final as (
    select
        crma_materials.material,
        coalesce(material_names.material, crma_materials.material) as study_material,
    from crma_materials
    left join material_names
        on
            crma_materials.material = material_names.name_in_list
            and material_names.list_id = 'crma_materials'
    where crma_materials.list = 'strategic'
)

select * from final
