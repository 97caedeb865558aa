{#- A table: a seed that is not among these changes no row. -#}
{{ config(materialized='table') }}

{#- Seeds whose rows are told apart, and the columns that name a row of each. -#}
{%- set keys = {
    'measures': ['measure_id'],
    'law_acts': ['act_id'],
    'measure_clauses': ['measure_id', 'clause_id'],
    'measure_relations': ['relation_id'],
    'measure_scope': ['scope_id'],
    'measure_status': ['status_id'],
    'composition_rules': ['rule_id'],
    'licensing_stats': ['stat_id'],
    'promises': ['promise_id'],
    'promise_indicators': ['indicator_id'],
    'events': ['event_id'],
    'macro_facts': ['fact_id'],
    'gacc_exports_press_figures': ['item', 'period', 'destination'],
    'crm2017_assessment_inputs': ['material', 'stage'],
    'crm2023_assessment_inputs': ['material', 'stage'],
    'crm2023_eu_sourcing_shares': ['material', 'stage', 'country_as_printed'],
    'eol_rir': ['material', 'stage'],
    'crm_criticality_history': ['material', 'assessment_year'],
    'chips_hs8542_top5_suppliers': ['year', 'importer_iso3', 'exporter_iso3'],
    'chips_hs8542_totals': ['year', 'iso3'],
} -%}
with

files as (select * from {{ ref('stg_lineage__seed_files') }}),

-- dbt loads a seed in the order of its file.
numbered as (
    {%- for seed, columns in keys.items() %}
    select
        '{{ seed }}' as table_name,
        [
            {%- for column in columns %}
            cast({{ column }} as varchar){{ ',' if not loop.last }}
            {%- endfor %}
        ] as row_key,
        rowid as row_number,
        len(string_split(concat_ws('|', *columns(*)), chr(10))) - 1 as line_breaks,
    from {{ ref(seed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The header is line 1. A text may be broken over lines: rows below it lie so many lines further
-- down. Empty lines are refused before anything is read.
final as (
    select
        numbered.table_name,
        numbered.row_key,
        cast(
            2 + numbered.row_number + sum(numbered.line_breaks) over (
                partition by numbered.table_name order by numbered.row_number
            ) - numbered.line_breaks as integer
        ) as line_number,
        files.vintage,
    from numbered
    inner join files
        on numbered.table_name = files.table_name
)

select * from final
