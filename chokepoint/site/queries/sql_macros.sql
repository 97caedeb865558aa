-- One row per published table macro: what it answers, and a call that runs.
select
    *,
    schema_name || '.' || macro_name as macro,
from meta.macros
order by schema_name, macro_name;
