with

checks as (select * from {{ ref('figure_checks') }}),
facts as (select * from {{ ref('stg_reference__macro_facts') }}),
imports_and_exports as (select * from {{ ref('int_trade__imports_and_exports') }}),
flows as (select * from {{ ref('int_trade__flows') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

asked_products as (
    select
        checks.check_id,
        checks.source_id,
        checks.nomenclature,
        checks.reporter_code,
        checks.partner_scope,
        checks.period,
        facts.flow,
        unnest(string_split(checks.product_codes, ';')) as product_code,
        len(string_split(checks.product_codes, ';')) as asked_product_count,
        string_split(checks.partner_codes, ';') as partner_codes,
        checks.partner_codes = 'WORLD' as is_every_partner,
    from checks
    inner join facts
        on checks.fact_id = facts.fact_id
    where checks.source_id is not null
),

-- A reconciled flow is both sides' own: what the importer has as an import is the export of the
-- partner, and of the EU27 where the partner is a member.
reconciled as (
    select *
    from flows
    where {{ is_source_with('source_id', 'has_both_sides') }} and reporter_code <> partner_code
),

mirrored as (
    select
        *,
        partner_code as exporter_code,
    from reconciled
    union all
    select
        reconciled.*,
        'EU27' as exporter_code,
    from reconciled
    semi join members
        on reconciled.partner_code = members.member_iso3
),

figures as (
    {%- set columns = [
        'source_id', 'nomenclature', 'product_code', 'period', 'currency', 'usd_per_eur',
        'value_in_currency', 'net_mass_kg',
    ] %}
    select
        flow,
        {{ columns | join(', ') }},
        reporter_code,
        partner_code,
        is_intra_eu_partner,
    from imports_and_exports
    union all
    select
        'export' as flow,
        {{ columns | join(', ') }},
        mirrored.exporter_code as reporter_code,
        mirrored.reporter_code as partner_code,
        members.member_iso3 is not null as is_intra_eu_partner,
    from mirrored
    left join members
        on mirrored.reporter_code = members.member_iso3
),

traded as (
    select
        asked_products.check_id,
        asked_products.partner_scope,
        asked_products.is_every_partner,
        asked_products.partner_codes,
        asked_products.asked_product_count,
        figures.*,
    from asked_products
    inner join figures
        using (flow, source_id, nomenclature, product_code, reporter_code, period)
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
