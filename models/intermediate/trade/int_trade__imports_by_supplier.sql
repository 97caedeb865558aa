with

imports as (
    select * from {{ ref('int_trade__imports') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

final as (
    select
        imports.source_id,
        product_periods.nomenclature,
        product_periods.product_code,
        imports.period,
        product_periods.frequency,
        imports.reporter_code,
        imports.partner_code,
        imports.partner_kind,
        product_periods.currency,
        imports.coverage,
        imports.value_in_currency,
        imports.value_without_mass,
        imports.net_mass_kg,
        product_periods.usd_per_eur,
        imports.is_eu_reporter,
        imports.is_intra_eu_partner,
    from imports
    inner join product_periods
        on imports.product_period_number = product_periods.product_period_number
)

select * from final
