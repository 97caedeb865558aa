{{ config(alias='sources') }}

with

registry as (
    {{ source_registry() }}
),

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

-- The register names the sample that ships; own readings may have landed beside it.
own_readings as (
    select distinct source_id
    from deliveries
    where
        source_id = 'licence_applications'
        and is_current
        and not starts_with(period, 'sample-')
),

final as (
    select
        registry.table_name,
        registry.source_id,
        registry.delivery_kind,
        registry.description,
        registry.producer,
        registry.title,
        registry.url,
        registry.licence,
        registry.licence_url,
        registry.our_licence,
        registry.accessed,
        registry.cadence,
        registry.revision_policy,
        registry.caution,
        case when own_readings.source_id is null then registry.data_origin else 'own; synthetic' end
            as data_origin,
        cast(registry.max_age_days as integer) as max_age_days,
    from registry
    left join own_readings
        on
            registry.source_id = own_readings.source_id
            and registry.delivery_kind = 'landed file'
)

select * from final
order by table_name
