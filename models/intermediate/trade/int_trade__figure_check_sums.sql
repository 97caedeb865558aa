with

checks as (
    select * from {{ ref('stg_reference__figure_checks') }}
),

facts as (
    select * from {{ ref('stg_reference__macro_facts') }}
),

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

flows as (
    select * from {{ ref('int_trade__flows') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

asked as (
    select
        checks.check_id,
        checks.source_id,
        checks.nomenclature,
        checks.reporter_code,
        checks.partner_scope,
        checks.period,
        facts.flow,
        string_split(checks.product_codes_text, ';') as product_codes,
        string_split(checks.partner_codes_text, ';') as partner_codes,
        checks.partner_codes_text = 'WORLD' as is_every_partner,
    from checks
    inner join facts
        on checks.fact_id = facts.fact_id
    where checks.source_id is not null
),

asked_products as (
    select
        *,
        unnest(product_codes) as product_code,
    from asked
),

-- A reconciled flow is both sides' own: what the importer has as an import is the export of the
-- partner, and of the EU27 where the partner is a member.
reconciled as (
    select *
    from flows
    where {{ is_source_with('source_id', 'has_both_sides') }} and reporter_code <> partner_code
),

exports as (
    select
        *,
        partner_code as exporter_code,
        reporter_code as importer_code,
    from reconciled
    union all
    select
        reconciled.*,
        'EU27' as exporter_code,
        reconciled.reporter_code as importer_code,
    from reconciled
    semi join members
        on reconciled.partner_code = members.member_iso3
    union all
    select
        *,
        reporter_code as exporter_code,
        partner_code as importer_code,
    from flows
    where flow = 'export'
),

figures as (
    select
        'import' as flow,
        source_id,
        nomenclature,
        product_code,
        period,
        reporter_code,
        partner_code,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
        is_intra_eu_partner,
    from imports_by_supplier
    union all
    select
        'export' as flow,
        exports.source_id,
        exports.nomenclature,
        exports.product_code,
        exports.period,
        exports.exporter_code as reporter_code,
        exports.importer_code as partner_code,
        exports.currency,
        exports.usd_per_eur,
        exports.value_in_currency,
        exports.net_mass_kg,
        members.member_iso3 is not null as is_intra_eu_partner,
    from exports
    left join members
        on exports.importer_code = members.member_iso3
),

traded as (
    select
        asked_products.check_id,
        asked_products.partner_scope,
        asked_products.is_every_partner,
        asked_products.partner_codes,
        len(asked_products.product_codes) as asked_product_count,
        figures.*,
    from asked_products
    inner join figures
        on
            asked_products.flow = figures.flow
            and asked_products.source_id = figures.source_id
            and asked_products.nomenclature = figures.nomenclature
            and asked_products.product_code = figures.product_code
            and asked_products.reporter_code = figures.reporter_code
            and asked_products.period = figures.period
),

in_scope as (
    select
        *,
        is_every_partner or list_contains(partner_codes, partner_code) as is_asked_partner,
    from traded
    where partner_scope = 'all' or not is_intra_eu_partner
),

summed as (
    select
        check_id,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        sum(value_in_currency) filter (where is_asked_partner) as value_in_currency,
        sum(value_in_currency) as total_value_in_currency,
        sum(net_mass_kg) filter (where is_asked_partner) as net_mass_kg,
        sum(net_mass_kg) as total_net_mass_kg,
        -- A code or a partner without a row is not known here, and a sum without it is another
        -- figure.
        count(distinct product_code) = any_value(asked_product_count)
        and (
            bool_and(is_every_partner)
            or count(distinct partner_code) filter (where is_asked_partner)
            = any_value(len(partner_codes))
        ) as is_complete,
    from in_scope
    group by check_id
)

select * from summed
