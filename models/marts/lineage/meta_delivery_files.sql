{{ config(alias='delivery_files') }}

with

deliveries as (select * from {{ ref('meta_deliveries') }}),
seed_files as (select * from {{ ref('stg_lineage__seed_files') }}),

registry as (
    {{ source_registry() }}
),

-- A file holds one or more periods of its source.
landed as (
    select
        source_id as table_name,
        source_id,
        'landed file' as delivery_kind,
        vintage,
        file_name,
        file_sha256,
        min(period) as first_period,
        max(period) as last_period,
        data_origin,
        max(file_size_bytes) as file_size_bytes,
        bool_or(is_current) as is_current,
        max(known_on) as known_on,
    from deliveries
    group by source_id, vintage, file_name, file_sha256, data_origin
),

shipped as (
    select
        seed_files.table_name,
        coalesce(registry.source_id, seed_files.table_name) as source_id,
        'seed' as delivery_kind,
        seed_files.vintage,
        seed_files.file_name,
        seed_files.file_sha256,
        coalesce(registry.data_origin, 'own') as data_origin,
        seed_files.file_size_bytes,
        true as is_current,
    from seed_files
    left join registry
        on
            seed_files.table_name = registry.table_name
            and registry.delivery_kind = 'seed'
),

final as (
    select * from landed
    union all by name
    select * from shipped
)

select * from final
order by table_name, vintage, first_period
