with

eol_rir as (select * from {{ ref('eol_rir') }}),
material_names as (select * from {{ ref('material_names') }}),

final as (
    select
        lower(coalesce(material_names.material, eol_rir.material)) as material_key,
        max(cast(eol_rir.eol_rir as double)) as eol_rir,
    from eol_rir
    left join material_names
        on eol_rir.material = material_names.name_in_list and material_names.list_id = 'eol_rir'
    group by all
)

select * from final
