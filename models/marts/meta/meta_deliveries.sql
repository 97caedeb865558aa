{{ config(alias='deliveries') }}

with

deliveries as (select * from {{ ref('stg_landing__deliveries') }}),

registry as (
    {{ source_registry() }}
),

-- The moment of landing is left out: the same raw data must give the same table on any day.
final as (
    select
        deliveries.* exclude (deliveries.landed_at, deliveries.test_of),
        -- A delivery that nobody can tell is private.
        case
            when deliveries.test_of is not null then 'test'
            when {{ is_own_delivery('deliveries') }} then 'own'
            when not ({{ takes_own_rows('deliveries.source_id') }})
                then coalesce(registry.data_origin, 'own')
            else replace(split_part(deliveries.period, '-', 1), 'sample', 'synthetic')
        end as data_origin,
    from deliveries
    left join registry
        on
            deliveries.source_id = registry.source_id
            and registry.delivery_kind = 'landed file'
)

select * from final
order by source_id, period, vintage
