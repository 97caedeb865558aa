-- One row per published relation: what one row of it is, how many there are, its key.
select
    relations.schema_name || '.' || relations.relation_name as relation,
    relations.grain,
    relations.row_count,
    relations.key_columns,
    relations.example_query,
from meta.relations as relations
order by relations.schema_name, relations.relation_name;
