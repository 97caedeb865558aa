-- One row per published table macro: what it answers, and a call that runs.
select
    macros.schema_name || '.' || macros.macro_name as macro,
    macros.parameters,
    macros.grain,
    macros.example_query,
from meta.macros as macros
order by macros.schema_name, macros.macro_name;
