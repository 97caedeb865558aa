{{ config(alias='relation_origins') }}

{#- Each published model with each raw table that it reads through any number of models. -#}
{%- set rows = [] -%}
{%- for node in nodes_of('model') if node.fqn[1] in ('marts', 'reports') -%}
    {%- set inputs = inputs_by_kind(node, is_beside_batches=true, through_tables=true) -%}
    {%- set raw_tables = [] -%}
    {%- for name in inputs.landed if name not in ('deliveries', 'quarantined_rows') -%}
        {%- do raw_tables.append([name, 'landed file']) -%}
    {%- endfor -%}
    {%- for seed in inputs.rows -%}
        {%- do raw_tables.append([seed.name, 'seed']) -%}
    {%- endfor -%}
    {%- for raw_table in raw_tables or [['none', 'none']] -%}
        {%- do rows.append(
            [node.schema, node.alias] + raw_table
            + [node.original_file_path, node.checksum.checksum]
        ) -%}
    {%- endfor -%}
{%- endfor %}

with

read_by as (
    select unnest([
        {%- for row in rows | sort %}
        {{ sql_text_list(row) }}{{ ',' if not loop.last }}
        {%- endfor %}
    ]) as read_by_model
),

final as (
    select
        read_by_model[1] as schema_name,
        read_by_model[2] as relation_name,
        read_by_model[3] as table_name,
        read_by_model[4] as delivery_kind,
        read_by_model[5] as model_path,
        read_by_model[6] as model_sha256,
    from read_by
)

select * from final
order by schema_name, relation_name, table_name
