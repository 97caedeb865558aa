-- One row per material and measure that names it, among its items or in its title: how many items,
-- how many without a code, and the six-digit codes listed for it.
with

items as (
    select
        names.material,
        scope.measure_id,
        count(*) as item_count,
        count(*) filter (where scope.hs6_code is null) as items_without_code,
        list(distinct scope.hs6_code) filter (where scope.hs6_code is not null) as hs6_codes,
    from marts.dim_measure_scope as scope
    inner join marts.bridge_material_names as names
        on lower(scope.material) = names.term
    where scope.coverage <> 'named'
    group by names.material, scope.measure_id
),

parts as (
    select
        measure_id,
        unnest(string_split(materials, ';')) as part,
    from marts.dim_measure
),

named as (
    select distinct
        names.material,
        parts.measure_id,
    from parts
    inner join marts.bridge_material_names as names
        on lower(trim(parts.part)) = names.term
)

select
    coalesce(items.material, named.material) as material,
    coalesce(items.measure_id, named.measure_id) as measure_id,
    coalesce(items.item_count, 0) as item_count,
    coalesce(items.items_without_code, 0) as items_without_code,
    list_sort(coalesce(items.hs6_codes, [])) as hs6_codes,
from items
full outer join named
    on
        items.material = named.material
        and items.measure_id = named.measure_id
order by material, measure_id;
