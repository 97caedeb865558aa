-- One row per published relation: what one row of it is, how many there are, its key.
select
    *,
    schema_name || '.' || relation_name as relation,
from meta.relations
order by schema_name, relation_name;
