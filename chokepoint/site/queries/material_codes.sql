-- One row per material and product code: the stage, and how well the code isolates the material in
-- the edition that isolates it best.
select
    material,
    product_code,
    min(stage) as stage,
    arg_min(
        match_quality,
        case match_quality
            when 'exact' then 1
            when 'dominant' then 2
            when 'shared' then 3
            else 4
        end
    ) as match_quality,
    string_agg(distinct nomenclature, ', ' order by nomenclature) as nomenclatures,
from marts.bridge_material_products
group by material, product_code
order by material, product_code;
