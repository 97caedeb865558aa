-- One row per material and use that a source names, the largest share first.
select *
from marts.fct_material_uses
order by material, name_in_list, share desc nulls last, use_name;
