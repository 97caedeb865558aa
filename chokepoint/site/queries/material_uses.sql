-- One row per material and use that a source names, the largest share first.
select
    uses.material,
    uses.name_in_list,
    uses.use_name,
    uses.end_use,
    uses.share,
    uses.source_id,
from marts.fct_material_uses as uses
order by uses.material, uses.name_in_list, uses.share desc nulls last, uses.use_name;
