{{ config(alias='freshness') }}

with

-- What of the user's own grows stale is told by the brief of the private copy.
deliveries as (
    select *
    from {{ ref('stg_landing__deliveries') }} as landed
    where not ({{ is_own_delivery('landed') }})
),

exchange_rates as (select * from {{ ref('stg_prices__exchange_rates') }}),
metal_prices as (select * from {{ ref('stg_prices__metal_prices') }}),

registry as (
    {{ source_registry() }}
),

-- These two land a file a year and hold months: the last month is what counts.
latest_months as (
    select
        'ecb_exchange_rates' as source_id,
        max(period) as latest_period,
    from exchange_rates
    union all
    select
        'worldbank_metal_prices' as source_id,
        max(period) as latest_period,
    from metal_prices
),

current_deliveries as (
    select
        deliveries.source_id,
        min(deliveries.period) as first_period,
        -- The period of a sample is no date: it does not age.
        coalesce(max(latest_months.latest_period), max(deliveries.period)) as latest_period,
        count(*) as period_count,
        sum(deliveries.row_count) as row_count,
        max(deliveries.known_on) as known_on,
    from deliveries
    left join latest_months
        on deliveries.source_id = latest_months.source_id
    where deliveries.is_current
    group by deliveries.source_id
),

-- Quarantine counts belong to a delivery, not to its periods.
quarantine_counts as (
    select distinct
        source_id,
        vintage,
        quarantined_count,
    from deliveries
    where is_current
),

quarantined as (
    select
        source_id,
        sum(quarantined_count) as quarantined_count,
    from quarantine_counts
    group by source_id
),

final as (
    select
        registry.source_id,
        registry.cadence,
        current_deliveries.first_period,
        current_deliveries.latest_period,
        cast(current_deliveries.period_count as integer) as period_count,
        cast(current_deliveries.row_count as bigint) as row_count,
        cast(coalesce(quarantined.quarantined_count, 0) as bigint) as quarantined_count,
        cast(registry.max_age_days as integer) as max_age_days,
        current_deliveries.known_on,
        {{ last_day_of('current_deliveries.latest_period') }} as latest_period_end,
        {{ last_day_of('current_deliveries.latest_period') }}
        + cast(registry.max_age_days as integer) as stale_after,
    from registry
    left join current_deliveries
        on registry.source_id = current_deliveries.source_id
    left join quarantined
        on registry.source_id = quarantined.source_id
    where registry.delivery_kind = 'landed file'
)

select * from final
order by source_id
