-- depends_on: {{ ref('int_law__input_faults') }}
with

composition_names as (
    select * from {{ ref('stg_law__composition_names') }}
)

select
    name_id,
    name_kind,
    name_pattern,
    elements,
    family_id,
    family_group,
    formula_elements,
    source_title,
    source_url,
    note,
from composition_names
order by name_id
