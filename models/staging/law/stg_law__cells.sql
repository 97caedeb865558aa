{{ config(materialized='table') }}

{# Tables of the law and the columns that name a row. #}
{% set keys = {
    'measures': ['measure_id'],
    'law_acts': ['act_id'],
    'measure_clauses': ['measure_id', 'clause_id'],
    'measure_relations': ['relation_id'],
    'measure_status': ['status_id'],
    'measure_scope': ['scope_id'],
    'cn8_crosswalk': ['measure_id', 'cn8_2025'],
    'composition_rules': ['rule_id'],
    'composition_names': ['term'],
    'end_uses': ['end_use'],
    'measure_types': ['measure_type'],
    'measure_states': ['state'],
    'measure_state_map': ['status_raw'],
    'law_checks': ['check_id'],
    'law_entries': ['table_name', 'row_id'],
} %}
with

{% for table_name, key in keys.items() %}
{{ table_name }} as (
    select
        '{{ table_name }}' as cell_table,
        {{ law_row_id(*key) }} as cell_row_id,
        '{{ key[-1] }}' as key_column,
        *,
    from {{ ref(table_name) }}
),

{% endfor %}
cells as (
    {% for table_name in keys %}
    select *
    from {{ table_name }}
    unpivot include nulls (
        value for column_name in (columns(* exclude (cell_table, cell_row_id, key_column)))
    )
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

renamed as (
    select
        cell_table as table_name,
        cell_row_id as row_id,
        column_name,
        value,
        column_name = key_column as is_key,
    from cells
)

select * from renamed
