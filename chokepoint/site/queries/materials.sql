-- One row per material: its place in the Critical Raw Materials Act, what it goes into, its stages,
-- and other names that a reader may look for.
with

names as (
    select
        material,
        string_agg(term, '; ' order by term) as other_names,
        string_agg(term, '; ' order by term) filter (where term_kind in ('name', 'form', 'member'))
            as own_names,
    from marts.bridge_material_names
    where term <> lower(material)
    group by material
)

select
    materials.* replace (
        if(
            materials.listed_from <= getvariable('as_of'), materials.listed_from, null
        ) as listed_from
    ),
    names.other_names,
    names.own_names,
from marts.dim_material as materials
left join names using (material)
order by materials.material;
