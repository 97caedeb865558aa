-- One row per material and product code: the stage, and how well the code isolates the material in
-- the edition that isolates it best.
select
    material,
    product_code,
    min(stage) as stage,
    arg_min(
        match_quality, list_position(['exact', 'dominant', 'shared', 'proxy'], match_quality)
    ) as match_quality,
from marts.bridge_material_products
group by material, product_code
order by material, product_code;
