{{ config(materialized='table') }}

with

flows as (
    select * from {{ ref('int_trade__flows') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

imports as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        frequency,
        reporter_code,
        partner_code,
        partner_kind,
        currency,
        coverage,
        usd_per_eur,
        sum(value_in_currency) as value_in_currency,
        sum(value_in_currency) filter (where net_mass_kg is null) as value_without_mass,
        sum(net_mass_kg) as net_mass_kg,
    from flows
    where flow = 'import' and reporter_code <> partner_code
    group by all
),

marked as (
    select
        imports.*,
        reporters.member_iso3 is not null as is_member_reporter,
        partners.member_iso3 is not null
        or imports.partner_kind = 'intra_eu' as is_intra_eu_partner,
    from imports
    left join members as reporters
        on imports.reporter_code = reporters.member_iso3
    left join members as partners
        on imports.partner_code = partners.member_iso3
),

-- The EU27 as one reporter, from the source that has every member and every partner.
eu27 as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        frequency,
        'EU27' as reporter_code,
        partner_code,
        partner_kind,
        currency,
        coverage,
        usd_per_eur,
        sum(value_in_currency) as value_in_currency,
        sum(value_without_mass) as value_without_mass,
        sum(net_mass_kg) as net_mass_kg,
        true as is_member_reporter,
        is_intra_eu_partner,
    from marked
    where is_member_reporter and source_id = 'baci_hs92_bilateral'
    group by all
),

reporters_and_eu27 as (
    select * from marked
    union all
    select * from eu27
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        frequency,
        reporter_code,
        partner_code,
        partner_kind,
        currency,
        coverage,
        value_in_currency,
        coalesce(value_without_mass, 0) as value_without_mass,
        net_mass_kg,
        usd_per_eur,
        is_member_reporter or reporter_code = 'EU27' as is_eu_reporter,
        is_intra_eu_partner,
    from reporters_and_eu27
)

select * from final
