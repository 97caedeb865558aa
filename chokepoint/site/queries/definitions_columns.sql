-- One row per column of every published relation, in the order of the relation.
select *
from meta.dictionary
order by schema_name, relation_name, ordinal;
