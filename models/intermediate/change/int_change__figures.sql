{{ config(materialized='table') }}

with

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

breaks as (
    select * from {{ ref('int_change__breaks') }}
),

-- Changes are followed for the EU27 and its members, by year.
followed as (
    select supplier_shares.*
    from supplier_shares
    left join members
        on supplier_shares.reporter_code = members.member_iso3
    where
        supplier_shares.frequency = 'annual'
        and (supplier_shares.reporter_code = 'EU27' or members.member_iso3 is not null)
),

summed as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        {{ hs_edition('nomenclature') }} as hs_edition,
        max(coverage) as coverage,
        max(partner_code) filter (where supplier_rank = 1 and partner_kind <> 'pseudo_partner')
            as top_supplier_iso3,
        cast(sum(value_in_currency) as double) as import_value,
        {{ in_eur('sum(value_in_currency)', 'any_value(currency)', 'any_value(usd_per_eur)') }}
            as import_value_eur,
        cast(sum(value_without_mass) as double) / cast(sum(value_in_currency) as double)
            as value_share_without_mass,
        cast(sum(net_mass_kg) as double) as net_mass_kg,
        {{ sum_of_squared_shares('value_share_of_known') }} as hhi_value,
        {{ sum_of_squared_shares('mass_share_of_known') }} as hhi_mass,
        max(value_share) filter (where supplier_rank = 1 and partner_kind <> 'pseudo_partner')
            as top_supplier_value_share,
    from followed
    group by
        reporter_code, supplier_scope, source_id, nomenclature, product_code, period
),

-- Figures of one segment are comparable with each other: one HS edition, no blocking break
-- between them.
break_counts as (
    select
        summed.reporter_code,
        summed.supplier_scope,
        summed.source_id,
        summed.nomenclature,
        summed.product_code,
        summed.period,
        count(*) as break_count,
    from summed
    inner join breaks
        on
            summed.source_id = breaks.source_id
            and summed.product_code = breaks.product_code
            and summed.period >= breaks.break_period
    where breaks.is_blocking and breaks.break_kind <> 'edition_change'
    group by
        summed.reporter_code,
        summed.supplier_scope,
        summed.source_id,
        summed.nomenclature,
        summed.product_code,
        summed.period
),

final as (
    select
        summed.reporter_code,
        summed.supplier_scope,
        summed.source_id,
        summed.nomenclature,
        summed.product_code,
        summed.period,
        summed.hs_edition,
        summed.coverage,
        summed.top_supplier_iso3,
        summed.import_value,
        summed.import_value_eur,
        summed.net_mass_kg,
        summed.value_share_without_mass,
        summed.hhi_value,
        summed.hhi_mass,
        summed.top_supplier_value_share,
        {{ least_coverage('summed.coverage') }} as least_coverage,
        coalesce(break_counts.break_count, 0) as break_count,
    from summed
    left join break_counts
        on
            summed.reporter_code = break_counts.reporter_code
            and summed.supplier_scope = break_counts.supplier_scope
            and summed.source_id = break_counts.source_id
            and summed.nomenclature = break_counts.nomenclature
            and summed.product_code = break_counts.product_code
            and summed.period = break_counts.period
)

select * from final
