-- One row per material and code that is linked to it. `match_rank` says how well the code isolates
-- the material, 1 best; with `is_own` the figures of the code are those of the material. A
-- subheading and the CN code that is the whole of it are the same `goods`: they isolate it alike.
select
    links.material,
    links.product_code,
    min(links.stage) as stage,
    regexp_replace(links.product_code, '^(.{6})00$', '\1') as goods,
    ['exact', 'dominant', 'shared', 'proxy'] as ranks,
    min(min(list_position(ranks, links.match_quality))) over (
        partition by links.material, goods
    ) as match_rank,
    ranks[match_rank] as match_quality,
    match_rank <= 2 as is_own,
    any_value(materials.member_names) is not null as is_group,
from marts.bridge_material_products as links
inner join marts.dim_material as materials
    on links.material = materials.material
group by links.material, links.product_code
order by links.material, links.product_code;
