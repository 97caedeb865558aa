-- One row per raw table: who made it, under which licence, and what to beware of.
select *
from meta.sources
order by delivery_kind, producer, table_name;
