-- One row per material and code that is linked to it. `match_rank` says how well the code isolates
-- the material, 1 best; with `is_own` the figures of the code are those of the material.
select
    links.material,
    links.product_code,
    links.stage,
    links.match_quality,
    list_position(['exact', 'dominant', 'shared', 'proxy'], links.match_quality) as match_rank,
    match_rank <= 2 as is_own,
    materials.member_names is not null as is_group,
from marts.bridge_material_products as links
inner join marts.dim_material as materials
    on links.material = materials.material;
