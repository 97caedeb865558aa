{{ config(materialized=in_passing()) }}

{%- set columns = [
    'source_id', 'reporter_code', 'partner_code', 'partner_kind', 'nomenclature', 'product_code',
    'frequency', 'period', 'coverage', 'currency', 'value_in_currency', 'net_mass_kg', 'usd_per_eur',
] -%}

with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

flows as (
    select * from {{ ref('int_trade__flows') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

final as (
    select
        'import' as flow,
        {{ columns | join(',\n        ') }},
        is_intra_eu_partner,
    from imports
    union all
    select
        flows.flow,
        {%- for column in columns %}
        flows.{{ column }},
        {%- endfor %}
        members.member_iso3 is not null or flows.partner_kind = 'intra_eu' as is_intra_eu_partner,
    from flows
    left join members
        on flows.partner_code = members.member_iso3
    where flows.flow = 'export'
)

select * from final
