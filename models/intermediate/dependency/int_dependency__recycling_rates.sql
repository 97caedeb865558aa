with

recycling as (select * from {{ ref('int_production__recycling_rates') }}),
strategic as (select * from {{ ref('int_dependency__strategic_materials') }}),

summed as (
    select
        strategic.material,
        count(*) as member_count,
        count(recycling.eol_rir) as rated_count,
        string_agg(strategic.study_material, ', ' order by strategic.study_material) filter (
            where recycling.eol_rir is null
        ) as unrated_materials,
        min(recycling.eol_rir) as value_low,
        max(recycling.eol_rir) as value_high,
    from strategic
    left join recycling
        on lower(strategic.study_material) = recycling.material_key
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
