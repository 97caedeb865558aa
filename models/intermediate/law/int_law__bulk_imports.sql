with

bulk_imports as (
    select * from {{ ref('int_trade__bulk_imports') }}
    where {{ in_built_batch('source_id', 'period', 'product_code') }}
),

bulk_places as (
    select * from {{ ref('int_trade__bulk_places') }}
),

covered_intervals as (
    select * from {{ ref('int_law__covered_intervals') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

suppliers as (
    select
        source_id,
        place_number,
        place_code,
    from bulk_places
    where place_code in (select covered_intervals.partner_code from covered_intervals)
),

-- By number, before anything else: most trade is with countries that restrict nothing.
restricted as (
    select
        bulk_imports.source_id,
        bulk_imports.product_code,
        bulk_imports.period,
        bulk_imports.reporter_number,
        suppliers.place_code as partner_code,
        bulk_imports.value_in_currency,
        bulk_imports.net_mass_kg,
    from bulk_imports
    inner join suppliers
        on
            bulk_imports.source_id = suppliers.source_id
            and bulk_imports.partner_number = suppliers.place_number
),

described as (
    select
        *,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
    from restricted
),

final as (
    select
        described.source_id,
        described.nomenclature,
        described.product_code,
        described.period,
        reporters.place_code as reporter_code,
        described.partner_code,
        described.currency,
        described.value_in_currency,
        described.net_mass_kg,
        exchange_rates.usd_per_eur,
    from described
    inner join bulk_places as reporters
        on
            described.source_id = reporters.source_id
            and described.reporter_number = reporters.place_number
    left join exchange_rates
        on
            described.currency = exchange_rates.currency
            and described.period = exchange_rates.period
            and described.frequency = exchange_rates.frequency
)

select * from final
