{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__chip_flows', 'int_trade__comtrade_flows']},
) }}

with

flows as (
    select * from {{ ref('int_trade__flows_as_reported') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

imports as (
    select
        flows.source_id,
        flows.nomenclature,
        flows.product_code,
        flows.period,
        flows.frequency,
        flows.currency,
        flows.coverage,
        coalesce(reporters.place_code, flows.reporter_source_code) as reporter_code,
        coalesce(partners.place_code, flows.partner_source_code) as partner_code,
        coalesce(partners.place_kind, 'country') as partner_kind,
        -- Last of equals where no place has the code.
        coalesce(partners.place_number, cast(1023 as smallint)) as partner_number,
        coalesce(reporters.is_member, false) as is_member,
        coalesce(reporters.is_member_of_sum, false) as is_member_of_sum,
        coalesce(partners.is_member, false) as is_member_partner,
        flows.value_in_currency,
        flows.net_mass_kg,
    from flows
    left join places as reporters
        on
            flows.source_id = reporters.source_id
            and flows.reporter_source_code = reporters.source_code
    left join places as partners
        on
            flows.source_id = partners.source_id
            and flows.partner_source_code = partners.source_code
    where
        flows.flow = 'import'
        and ({{ beside_batches('flows.source_id') }} or {{ in_batch('flows') }})
),

by_country as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        reporter_code,
        partner_code,
        coverage,
        currency,
        any_value(frequency) as frequency,
        any_value(partner_kind) as partner_kind,
        any_value(partner_number) as partner_number,
        any_value(is_member) as is_member,
        any_value(is_member_of_sum) as is_member_of_sum,
        any_value(is_member_partner) as is_member_partner,
        -- Exact sums; one that does not fit is an error, never a wrong figure.
        cast(sum(value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(
            sum(case when net_mass_kg is null then value_in_currency else 0 end)
            as decimal(18, 3)
        ) as value_without_mass,
        cast(sum(net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from imports
    where reporter_code <> partner_code
    group by
        source_id, nomenclature, product_code, period, reporter_code, partner_code, coverage,
        currency
),

-- The EU27 as one reporter, of sources that have every member and every partner.
by_eu27 as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        'EU27' as reporter_code,
        partner_code,
        coverage,
        currency,
        any_value(frequency) as frequency,
        any_value(partner_kind) as partner_kind,
        any_value(partner_number) as partner_number,
        true as is_member,
        false as is_member_of_sum,
        any_value(is_member_partner) as is_member_partner,
        cast(sum(value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(sum(value_without_mass) as decimal(18, 3)) as value_without_mass,
        cast(sum(net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from by_country
    where is_member_of_sum
    group by source_id, nomenclature, product_code, period, partner_code, coverage, currency
),

unioned as (
    select * from by_country
    union all
    select * from by_eu27
),

final as (
    select
        unioned.source_id,
        unioned.nomenclature,
        unioned.product_code,
        unioned.period,
        unioned.frequency,
        unioned.currency,
        unioned.reporter_code,
        unioned.partner_code,
        unioned.partner_kind,
        unioned.partner_number,
        unioned.coverage,
        unioned.value_in_currency,
        unioned.value_without_mass,
        unioned.net_mass_kg,
        exchange_rates.usd_per_eur,
        unioned.is_member or unioned.reporter_code = 'EU27' as is_eu_reporter,
        unioned.is_member_partner or unioned.partner_kind = 'intra_eu' as is_intra_eu_partner,
    from unioned
    left join exchange_rates
        on
            unioned.currency = exchange_rates.currency
            and unioned.period = exchange_rates.period
            and unioned.frequency = exchange_rates.frequency
)

select * from final
