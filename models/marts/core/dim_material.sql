with

crma_materials as (
    select * from {{ ref('stg_reference__crma_materials') }}
),

final as (
    select
        material,
        max(source) as source,
        bool_or(list_name = 'strategic') as is_strategic,
        bool_or(list_name = 'critical') as is_critical,
    from crma_materials
    group by material
)

select * from final
order by material
