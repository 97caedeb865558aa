-- One row per material and measure that names it, among its items or in its title: how many items,
-- how many without a code, and the six-digit codes listed for it.
with

naming as (
    select
        measure_id,
        lower(material) as term,
        hs6_code,
        true as is_item,
    from marts.dim_measure_scope
    where coverage <> 'named'
    union all
    select
        measure_id,
        lower(trim(unnest(string_split(materials, ';')))) as term,
        null as hs6_code,
        false as is_item,
    from marts.dim_measure
)

select
    names.material,
    naming.measure_id,
    count(*) filter (where naming.is_item) as item_count,
    count(*) filter (where naming.is_item and naming.hs6_code is null) as items_without_code,
    list_sort(
        coalesce(
            list(distinct naming.hs6_code) filter (where naming.hs6_code is not null), []
        )
    ) as hs6_codes,
from naming
inner join marts.bridge_material_names as names using (term)
group by names.material, naming.measure_id
order by names.material, naming.measure_id;
