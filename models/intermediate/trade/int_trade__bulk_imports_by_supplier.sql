with

bulk_imports as (
    select * from {{ ref('int_trade__bulk_imports') }}
    where {{ in_built_batch('source_id', 'period', 'product_code') }}
),

bulk_places as (
    select * from {{ ref('int_trade__bulk_places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

described as (
    select
        *,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
    from bulk_imports
),

final as (
    select
        described.source_id,
        described.nomenclature,
        described.product_code,
        described.period,
        described.frequency,
        reporters.place_code as reporter_code,
        partners.place_code as partner_code,
        partners.place_kind as partner_kind,
        described.currency,
        described.partner_number,
        described.value_in_currency,
        described.value_without_mass,
        described.net_mass_kg,
        exchange_rates.usd_per_eur,
        reporters.is_eu_reporter,
        partners.is_intra_eu_partner,
    from described
    inner join bulk_places as reporters
        on
            described.source_id = reporters.source_id
            and described.reporter_number = reporters.place_number
    inner join bulk_places as partners
        on
            described.source_id = partners.source_id
            and described.partner_number = partners.place_number
    left join exchange_rates
        on
            described.currency = exchange_rates.currency
            and described.period = exchange_rates.period
            and described.frequency = exchange_rates.frequency
)

select * from final
