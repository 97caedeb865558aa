{{ config(alias='relation_origins') }}

with

read_by as (
    {{ published_models_and_raw_tables() }}
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
