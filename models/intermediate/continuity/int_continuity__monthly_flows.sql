with

flows as (select * from {{ ref('int_trade__flows') }}),
published_months as (select * from {{ ref('int_continuity__published_months') }}),

landed as (
    select
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        period,
        bool_or(partner_kind = 'pseudo_partner') as is_unnamed,
        bool_and(coverage is null) as lists_all_partners,
        sum(value_eur) as value_eur,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(known_on) as known_on,
    from flows
    where frequency = 'monthly' and reporter_code <> partner_code
    group by all
),

-- Customs figures by month that only press and notices give: tonnes, for the partners they name.
published as (
    select
        * exclude (table_name, seed_key),
        false as is_unnamed,
        false as lists_all_partners,
    from published_months
),

delivered as (
    select * from landed
    union all by name
    select * from published
),

-- Totals need a list of all partners; where one is published, it is a row of its own.
final as (
    select * from delivered
    union all
    select
        source_id,
        flow,
        reporter_code,
        'WORLD' as partner_code,
        nomenclature,
        product_code,
        period,
        false as is_unnamed,
        true as lists_all_partners,
        sum(value_eur) as value_eur,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(known_on) as known_on,
        max(known_from) as known_from,
    from delivered
    where lists_all_partners
    group by source_id, flow, reporter_code, nomenclature, product_code, period
)

select * from final
