-- One row per column of every published relation, in the order of the relation.
select columns.*
from meta.dictionary as columns
order by columns.schema_name, columns.relation_name, columns.ordinal;
