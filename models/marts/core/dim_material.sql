with

materials as (select * from {{ ref('materials') }}),
material_terms as (select * from {{ ref('material_terms') }}),
crma_materials as (select * from {{ ref('crma_materials') }}),
material_products as (select * from {{ ref('bridge_material_products') }}),
material_uses as (select * from {{ ref('fct_material_uses') }}),

listed as (
    select
        material_terms.material,
        string_agg(distinct crma_materials.source, '; ' order by crma_materials.source) as source,
        min(crma_materials.in_force_from) as listed_from,
        {%- for list_name in ['strategic', 'critical'] %}
        bool_or(crma_materials.list = '{{ list_name }}') as is_{{ list_name }},
        string_agg(
            distinct crma_materials.material, '; ' order by crma_materials.material
        ) filter (where crma_materials.list = '{{ list_name }}') as {{ list_name }}_as,
        {%- endfor %}
    from crma_materials
    inner join material_terms
        on lower(crma_materials.material) = material_terms.term
    group by material_terms.material
),

members as (
    select
        material,
        string_agg(term, '; ' order by term) as member_names,
    from material_terms
    where term_kind = 'member'
    group by material
),

by_end_use as (
    select
        material,
        end_use,
        max(share) as largest_share,
    from material_uses
    where end_use is not null and coalesce(share, 1) > 0
    group by material, end_use
),

end_uses as (
    select
        material,
        string_agg(end_use, '; ' order by largest_share desc nulls last, end_use) as end_uses,
    from by_end_use
    group by material
),

use_sources as (
    select
        material,
        string_agg(distinct source_id, '; ' order by source_id) as use_sources,
    from material_uses
    group by material
),

by_stage as (
    select distinct
        material,
        stage,
        case stage when 'ore' then 1 when 'refined' then 2 else 3 end as stage_order,
    from material_products
),

stages as (
    select
        material,
        string_agg(stage, '; ' order by stage_order) as stages,
    from by_stage
    group by material
),

codes as (
    select
        material,
        count(distinct product_code) as code_count,
    from material_products
    group by material
),

final as (
    select
        materials.*,
        listed.source,
        coalesce(listed.is_strategic, false) as is_strategic,
        coalesce(listed.is_critical, false) as is_critical,
        listed.strategic_as,
        listed.critical_as,
        listed.listed_from,
        members.member_names,
        end_uses.end_uses,
        use_sources.use_sources,
        stages.stages,
        cast(coalesce(codes.code_count, 0) as integer) as code_count,
    from materials
    left join listed
        on materials.material = listed.material
    left join members
        on materials.material = members.material
    left join end_uses
        on materials.material = end_uses.material
    left join use_sources
        on materials.material = use_sources.material
    left join stages
        on materials.material = stages.material
    left join codes
        on materials.material = codes.material
)

select * from final
order by material
