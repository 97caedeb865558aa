-- One row per raw table: who made it, under which licence, and what to beware of.
select
    sources.table_name,
    sources.description,
    sources.producer,
    sources.title,
    sources.url,
    sources.licence,
    sources.cadence,
    sources.caution,
    sources.data_origin,
from meta.sources as sources
order by sources.delivery_kind, sources.producer, sources.table_name;
