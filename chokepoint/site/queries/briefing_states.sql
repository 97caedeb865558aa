-- One row per legal status of a restriction on goods that holds on the day, as known on known_on:
-- whether its clause reaches the importer, or has no recorded destination.
select
    * exclude (importers),
    coalesce(list_contains(importers, getvariable('importer')), false) as is_reaching,
    importers is null as is_unrecorded,
from temp.states
where standing <> 'relief' and restricts_goods;
