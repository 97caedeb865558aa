{{ config(alias='relation_origins') }}

{#- What each published relation reads, through any number of models: the graph of dbt says it. -#}
{%- set rows = [] -%}
{%- set known = {} -%}
{%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.fqn[1] in ('marts', 'reports') -%}
        {%- set model = [
            sql_text(node.schema), sql_text(node.alias), sql_text(node.original_file_path),
            sql_text(node.checksum.checksum),
        ] -%}
        {%- for kind, table_name in raw_tables_below(node.unique_id, known) or [('none', 'none')] -%}
            {%- do rows.append(
                '(' ~ (model + [sql_text(kind), sql_text(table_name)]) | join(', ') ~ ')'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}

with

read_by as (
    {%- if rows %}
    select * from (values
        {{ rows | sort | join(',\n        ') }}
    ) as listed (
        schema_name, relation_name, model_path, model_sha256, delivery_kind, table_name
    )
    {%- else %}
    select
        cast(null as varchar) as schema_name,
        cast(null as varchar) as relation_name,
        cast(null as varchar) as model_path,
        cast(null as varchar) as model_sha256,
        cast(null as varchar) as delivery_kind,
        cast(null as varchar) as table_name,
    where false
    {%- endif %}
),

final as (
    select
        schema_name,
        relation_name,
        table_name,
        delivery_kind,
        model_path,
        model_sha256,
    from read_by
)

select * from final
order by schema_name, relation_name, table_name
