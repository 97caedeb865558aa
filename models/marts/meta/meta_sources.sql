{{ config(alias='sources') }}

with

registry as (
    {{ source_registry() }}
),

final as (
    select
        table_name,
        source_id,
        delivery_kind,
        description,
        producer,
        title,
        url,
        licence,
        licence_url,
        our_licence,
        accessed,
        cadence,
        revision_policy,
        caution,
        data_origin,
        cast(max_age_days as integer) as max_age_days,
    from registry
)

select * from final
order by table_name
