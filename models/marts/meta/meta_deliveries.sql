{{ config(alias='deliveries') }}

with

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

registry as (
    {{ source_registry() }}
),

-- The moment of landing is left out: the same raw data must give the same table on any day.
final as (
    select
        deliveries.source_id,
        deliveries.period,
        deliveries.vintage,
        deliveries.file_name,
        deliveries.file_sha256,
        deliveries.contract_fingerprint,
        deliveries.parquet_path,
        -- A delivery that nobody can tell is private. Periods of graphs and scenarios are named
        -- <origin>-<name>; the sample of licences is sample-<name>, a register the day it was read.
        case
            when deliveries.test_of is not null then 'test'
            when not ({{ takes_own_rows('deliveries.source_id') }})
                then coalesce(registry.data_origin, 'own')
            when starts_with(deliveries.period, 'sample-') then 'synthetic'
            when starts_with(deliveries.period, 'synthetic-') then 'synthetic'
            when starts_with(deliveries.period, 'press_claim-') then 'press_claim'
            when starts_with(deliveries.period, 'assumption-') then 'assumption'
            else 'own'
        end as data_origin,
        deliveries.file_size_bytes,
        deliveries.row_count,
        deliveries.quarantined_count,
        deliveries.is_current,
        deliveries.known_on,
    from deliveries
    left join registry
        on
            deliveries.source_id = registry.source_id
            and registry.delivery_kind = 'landed file'
)

select * from final
order by source_id, period, vintage
