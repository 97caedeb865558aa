{{ config(materialized=in_passing()) }}

{%- set columns = [
    'source_id', 'reporter_code', 'partner_code', 'partner_kind', 'nomenclature', 'product_code',
    'frequency', 'period', 'coverage', 'currency', 'value_in_currency', 'net_mass_kg', 'usd_per_eur',
] -%}

with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
flows as (select * from {{ ref('int_trade__flows') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- A source may state an export in parts: procedures of customs, several codes of one partner. A
-- mass that a part lacks is unknown.
exports as (
    select
        source_id,
        reporter_code,
        partner_code,
        max(partner_kind) as partner_kind,
        nomenclature,
        product_code,
        frequency,
        period,
        max(coverage) as coverage,
        currency,
        cast(sum(value_in_currency) as decimal(24, 3)) as value_in_currency,
        cast(
            case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end
            as decimal(24, 3)
        ) as net_mass_kg,
        max(usd_per_eur) as usd_per_eur,
    from flows
    where flow = 'export'
    group by all
),

final as (
    select
        'import' as flow,
        {{ columns | join(',\n        ') }},
        is_intra_eu_partner,
    from imports
    union all
    select
        'export' as flow,
        {%- for column in columns %}
        exports.{{ column }},
        {%- endfor %}
        members.member_iso3 is not null or exports.partner_kind = 'intra_eu' as is_intra_eu_partner,
    from exports
    left join members
        on exports.partner_code = members.member_iso3
)

select * from final
