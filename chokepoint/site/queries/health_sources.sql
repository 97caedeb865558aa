-- One row per raw table: who made it, under which licence, and what to beware of.
select
    table_name,
    description,
    producer,
    title,
    url,
    licence,
    cadence,
    caution,
    data_origin,
from meta.sources
order by delivery_kind, producer, table_name;
