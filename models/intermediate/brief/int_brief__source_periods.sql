with

deliveries as (select * from {{ ref('stg_landing__deliveries') }}),
exchange_rates as (select * from {{ ref('stg_prices__exchange_rates') }}),
metal_prices as (select * from {{ ref('stg_prices__metal_prices') }}),
readings as (select * from {{ ref('int_law__readings') }}),

registry as (
    {{ source_registry() }}
),

sources as (
    select
        source_id,
        cadence = 'monthly' as is_monthly,
        cast(max_age_days as integer) as max_age_days,
        -- Without a stated delay: what is left of the greatest age after one more period.
        coalesce(
            cast(publication_lag_days as integer),
            cast(max_age_days as integer)
            - case cadence when 'monthly' then 31 when 'annual' then 366 else 1096 end
        ) as lag_days,
    from registry
    where delivery_kind = 'landed file'
),

-- These two land a file a year and hold months.
months_within as (
    select distinct
        'ecb_exchange_rates' as source_id,
        period,
    from exchange_rates
    union all
    select distinct
        'worldbank_metal_prices' as source_id,
        period,
    from metal_prices
),

delivered as (
    select
        deliveries.source_id,
        coalesce(months_within.period, deliveries.period) as period,
        {{ last_day_of("coalesce(months_within.period, deliveries.period)") }} as period_end,
        deliveries.known_on,
    from deliveries
    left join months_within
        on
            deliveries.source_id = months_within.source_id
            and deliveries.period = left(months_within.period, 4)
),

-- A vintage older than the end of a month can not have held it.
arrived as (
    select
        delivered.source_id,
        delivered.period,
        any_value(delivered.period_end) as period_end,
        min(
            {{ knowable_from('delivered.known_on', 'delivered.period_end + sources.lag_days') }}
        ) as knowable_from,
    from delivered
    inner join sources
        on delivered.source_id = sources.source_id
    where delivered.known_on > delivered.period_end
    group by delivered.source_id, delivered.period
),

-- Every month from the first to the last, delivered or not.
months as (
    select
        arrived.source_id,
        cast(
            unnest(
                generate_series(
                    min(arrived.period_end), max(arrived.period_end), interval 1 month
                )
            ) as date
        ) as some_day,
    from arrived
    inner join sources
        on arrived.source_id = sources.source_id
    where sources.is_monthly
    group by arrived.source_id
),

expected as (
    select
        source_id,
        strftime(some_day, '%Y-%m') as period,
        last_day(some_day) as period_end,
    from months
),

landed as (
    select
        sources.source_id,
        coalesce(arrived.period, expected.period) as period,
        sources.is_monthly,
        coalesce(arrived.period_end, expected.period_end) as period_end,
        -- From this day on a next period should have come, or this one itself.
        coalesce(arrived.period_end, expected.period_end) + sources.max_age_days + 1 as stale_on,
        case
            when sources.is_monthly
                then
                    last_day(coalesce(arrived.period_end, expected.period_end) - interval 1 month)
                    + sources.max_age_days + 1
        end as due_on,
        arrived.knowable_from,
    from arrived
    full join expected
        on
            arrived.source_id = expected.source_id
            and arrived.period = expected.period
    inner join sources
        on coalesce(arrived.source_id, expected.source_id) = sources.source_id
),

-- The law of a jurisdiction is a source too: its last period is the day to which
-- its list was read, or of its newest source.
final as (
    select * from landed
    union all by name
    select
        'law_checks' as source_id,
        jurisdiction_iso2 as jurisdiction,
        what_was_read,
        strftime(read_to, '%Y-%m-%d') as period,
        false as is_monthly,
        read_to as period_end,
        read_to + max_age_days + 1 as stale_on,
        known_from as knowable_from,
    from readings
    where sets_the_age
)

select * from final
