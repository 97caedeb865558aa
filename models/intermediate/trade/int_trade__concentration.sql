{{ config(materialized='table') }}

with

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- Both sides of the EU border, whatever the supplier scope of the row.
border_sides as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        sum(value_in_currency) filter (where not is_intra_eu_partner) as extra_eu_value,
        sum(value_in_currency) filter (where is_intra_eu_partner) as intra_eu_value,
        sum(net_mass_kg) filter (where not is_intra_eu_partner) as extra_eu_net_mass_kg,
        sum(net_mass_kg) filter (where is_intra_eu_partner) as intra_eu_net_mass_kg,
    from imports_by_supplier
    where is_eu_reporter and source_id <> 'baci_chips_hs8542'
    group by all
),

concentration as (
    select
        cell_number,
        any_value(reporter_code) as reporter_code,
        any_value(supplier_scope) as supplier_scope,
        any_value(source_id) as source_id,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        any_value(frequency) as frequency,
        bool_or(is_eu_reporter) as is_eu_reporter,
        any_value(currency) as currency,
        any_value(coverage) as coverage,
        max(partner_code) filter (where supplier_rank = 1 and partner_kind <> 'pseudo_partner')
            as top_supplier_iso3,
        any_value(usd_per_eur) as usd_per_eur,
        cast(sum(value_in_currency) as double) as import_value,
        cast(sum(value_without_mass) as double) as value_without_mass,
        cast(sum(net_mass_kg) as double) as net_mass_kg,
        count(*) filter (where partner_kind <> 'pseudo_partner' and value_in_currency > 0)
            as supplier_count,
        max(value_share) filter (where supplier_rank = 1 and partner_kind <> 'pseudo_partner')
            as top_share,
        min(value_share) filter (where partner_kind <> 'pseudo_partner') as smallest_named_share,
        cast(
            coalesce(sum(value_in_currency) filter (where partner_kind = 'pseudo_partner'), 0)
            as double
        ) as unknown_value,
        {{ sum_of_squared_shares('value_share_of_known') }} as hhi_known,
        {{ sum_of_squared_shares('mass_share_of_known') }} as hhi_mass_known,
        {{ sum_of_squared_shares('value_share', "partner_kind <> 'pseudo_partner'") }}
            as squares_of_total,
        {{ shannon_entropy('value_share_of_known') }} as shannon_known,
        sum(cast(value_share as decimal(38, 20)))
            filter (where supplier_rank <= 3 and partner_kind <> 'pseudo_partner')
            as top_three_share,
    from supplier_shares
    group by cell_number
),

-- What the unknown part can do to the HHI. A confidential remainder may all belong to the
-- top supplier. Where the source names its five largest suppliers, nobody in the rest is
-- larger than the fifth.
bounded as (
    select
        *,
        unknown_value / import_value as unknown_share,
        coverage is not null as is_partial_partner_list,
        case
            when coverage is null
                then
                    squares_of_total
                    + unknown_value / import_value
                    * (2 * top_share + unknown_value / import_value)
            when source_id = 'baci_chips_hs8542'
                then
                    squares_of_total
                    + floor(unknown_value / import_value / smallest_named_share)
                    * power(smallest_named_share, 2)
                    + power(
                        unknown_value / import_value
                        - floor(unknown_value / import_value / smallest_named_share)
                        * smallest_named_share,
                        2
                    )
        end as hhi_high,
        case
            when coverage is null or source_id = 'baci_chips_hs8542' then squares_of_total
        end as hhi_low,
    from concentration
),

final as (
    select
        bounded.* exclude (supplier_count),
        -- On a list that ends after the fifth supplier an HHI of the named ones misleads.
        case when bounded.source_id <> 'baci_chips_hs8542' then bounded.hhi_known end as hhi,
        case when not bounded.is_partial_partner_list then bounded.supplier_count end
            as supplier_count,
        case when not bounded.is_partial_partner_list then bounded.shannon_known end as shannon,
        case
            when bounded.is_partial_partner_list then null
            when bounded.supplier_count = 1 then 1
            else
                (bounded.hhi_known - 1.0 / bounded.supplier_count)
                / (1 - 1.0 / bounded.supplier_count)
        end as hhi_normalised,
        {{ in_eur('bounded.import_value', 'bounded.currency', 'bounded.usd_per_eur') }}
            as import_value_eur,
        {{ in_eur(
            'border_sides.extra_eu_value', 'border_sides.currency', 'border_sides.usd_per_eur'
        ) }} as extra_eu_import_value_eur,
        {{ in_eur(
            'border_sides.intra_eu_value', 'border_sides.currency', 'border_sides.usd_per_eur'
        ) }} as intra_eu_import_value_eur,
        border_sides.extra_eu_net_mass_kg,
        border_sides.intra_eu_net_mass_kg,
    from bounded
    left join border_sides
        on
            bounded.reporter_code = border_sides.reporter_code
            and bounded.source_id = border_sides.source_id
            and bounded.nomenclature = border_sides.nomenclature
            and bounded.product_code = border_sides.product_code
            and bounded.period = border_sides.period
)

select * from final
