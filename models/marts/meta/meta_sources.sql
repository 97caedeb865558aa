{{ config(alias='sources') }}

with

registry as (
    {{ source_registry() }}
),

final as (
    select
        registry.* exclude (max_age_days, publication_lag_days),
        cast(max_age_days as integer) as max_age_days,
    from registry
)

select * from final
order by table_name
