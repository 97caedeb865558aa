{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__all_flows'], 'whole_periods': true},
) }}

with

flows as (
    select * from {{ ref('int_trade__flows') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }} as numbered
    where {{ is_due('numbered') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

imports as (
    select
        product_periods.product_period_number,
        product_periods.source_id,
        product_periods.period,
        flows.reporter_code,
        flows.partner_code,
        flows.partner_kind,
        flows.coverage,
        sum(flows.value_in_currency) as value_in_currency,
        sum(flows.value_in_currency) filter (where flows.net_mass_kg is null) as value_without_mass,
        sum(flows.net_mass_kg) as net_mass_kg,
    from flows
    inner join product_periods
        on
            flows.source_id = product_periods.source_id
            and flows.nomenclature = product_periods.nomenclature
            and flows.product_code = product_periods.product_code
            and flows.period = product_periods.period
    where
        {{ is_due('flows') }}
        and flows.flow = 'import'
        and flows.reporter_code <> flows.partner_code
    group by
        product_periods.product_period_number,
        product_periods.source_id,
        product_periods.period,
        product_periods.source_id,
        product_periods.period,
        flows.reporter_code,
        flows.partner_code,
        flows.partner_kind,
        flows.coverage
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
        marked.product_period_number,
        marked.source_id,
        marked.period,
        'EU27' as reporter_code,
        marked.partner_code,
        marked.partner_kind,
        marked.coverage,
        sum(marked.value_in_currency) as value_in_currency,
        sum(marked.value_without_mass) as value_without_mass,
        sum(marked.net_mass_kg) as net_mass_kg,
        true as is_member_reporter,
        marked.is_intra_eu_partner,
    from marked
    where marked.is_member_reporter and {{ has_every_member('marked.source_id') }}
    group by
        marked.product_period_number,
        marked.source_id,
        marked.period,
        marked.partner_code,
        marked.partner_kind,
        marked.coverage,
        marked.is_intra_eu_partner
),

reporters_and_eu27 as (
    select * from marked
    union all
    select * from eu27
),

final as (
    select
        product_period_number,
        source_id,
        period,
        reporter_code,
        partner_code,
        partner_kind,
        coverage,
        value_in_currency,
        coalesce(value_without_mass, 0) as value_without_mass,
        net_mass_kg,
        is_member_reporter or reporter_code = 'EU27' as is_eu_reporter,
        is_intra_eu_partner,
    from reporters_and_eu27
)

select * from final
