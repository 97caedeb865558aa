with

uses as (select * from {{ ref('stg_production__crm2023_uses') }}),
crma_materials as (select * from {{ ref('crma_materials') }}),
end_uses as (select * from {{ ref('material_end_uses') }}),
material_terms as (select * from {{ ref('material_terms') }}),

-- The study prints shares; the Act names a use for some materials ("battery grade") without one.
stated as (
    select
        'crm2023_uses' as source_id,
        material as name_in_list,
        application as use_name,
        uses.* exclude (material, application, value_added_meur),
    from uses
    union all by name
    select
        'crma_materials' as source_id,
        crma_materials.material as name_in_list,
        crma_materials.material as use_name,
        1 as use_number,
    from crma_materials
    inner join end_uses
        on crma_materials.material = end_uses.use_name
    where crma_materials.list = 'strategic'
),

final as (
    select
        material_terms.material,
        stated.* replace (
            cast(stated.share as double) as share,
            cast(stated.use_number as integer) as use_number
        ),
        end_uses.end_use,
    from stated
    left join material_terms
        on lower(stated.name_in_list) = material_terms.term
    left join end_uses
        on stated.use_name = end_uses.use_name
)

select * from final
order by material, name_in_list, source_id, use_name, use_number
