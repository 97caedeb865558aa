with

recycling as (select * from {{ ref('stg_production__eol_rir') }}),
material_names as (select * from {{ ref('material_names') }}),
strategic as (select * from {{ ref('int_dependency__strategic_materials') }}),

recycling_by_material as (
    select
        lower(coalesce(material_names.material, recycling.material)) as material_key,
        max(cast(recycling.eol_rir as double)) as eol_rir,
    from recycling
    left join material_names
        on
            recycling.material = material_names.name_in_list
            and material_names.list_id = 'eol_rir'
    group by all
),

summed as (
    select
        strategic.material,
        count(*) as member_count,
        count(recycling_by_material.eol_rir) as rated_count,
        string_agg(strategic.study_material, ', ' order by strategic.study_material) filter (
            where recycling_by_material.eol_rir is null
        ) as unrated_materials,
        min(recycling_by_material.eol_rir) as value_low,
        max(recycling_by_material.eol_rir) as value_high,
    from strategic
    left join recycling_by_material
        on lower(strategic.study_material) = recycling_by_material.material_key
    group by strategic.material
),

-- A group has a value where its members agree, and otherwise a range.
final as (
    select
        material,
        'B003' as benchmark_id,
        'eol_rir' as evidence_id,
        'any' as stage,
        '2023' as period,
        'SCRREEN factsheets' as evidence_source,
        case
            when rated_count = 0 then 'no recycling rate at hand'
            when rated_count < member_count then 'no recycling rate of ' || unrated_materials
        end as reason,
        case when rated_count = member_count and value_low = value_high then value_high end
            as value,
        case when rated_count = member_count then value_low end as value_low,
        case when rated_count = member_count then value_high end as value_high,
    from summed
)

select * from final
