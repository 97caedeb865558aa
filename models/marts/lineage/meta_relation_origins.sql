{{ config(alias='relation_origins') }}

{%- set models = nodes_of('model') %}

with recursive

reads as (
    select unnest([
        {%- for node in models %}
        {%- for read in node.depends_on.nodes %}
        {{ sql_text_list([node.unique_id, read]) }},
        {%- endfor %}
        {%- endfor %}
        ['', '']
    ]) as pair
),

published as (
    select unnest([
        {%- for node in models if node.fqn[1] in ('marts', 'reports') %}
        {{ sql_text_list([
            node.unique_id, node.schema, node.alias, node.original_file_path,
            node.checksum.checksum,
        ]) }},
        {%- endfor %}
        ['']
    ]) as model
),

-- What each published model reads through any number of models, each once.
reached as (
    select
        model[1] as model_id,
        model[1] as read_id,
    from published
    union
    select
        reached.model_id,
        reads.pair[2] as read_id,
    from reached
    inner join reads
        on reached.read_id = reads.pair[1]
),

raw_tables as (
    select
        model_id,
        string_split(read_id, '.')[-1] as table_name,
        case when starts_with(read_id, 'seed.') then 'seed' else 'landed file' end as delivery_kind,
    from reached
    where
        starts_with(read_id, 'seed.')
        or starts_with(read_id, 'source.')
        and table_name not in ('deliveries', 'quarantined_rows')
),

final as (
    select
        published.model[2] as schema_name,
        published.model[3] as relation_name,
        coalesce(raw_tables.table_name, 'none') as table_name,
        coalesce(raw_tables.delivery_kind, 'none') as delivery_kind,
        published.model[4] as model_path,
        published.model[5] as model_sha256,
    from published
    left join raw_tables
        on published.model[1] = raw_tables.model_id
    where published.model[1] <> ''
)

select * from final
order by schema_name, relation_name, table_name
