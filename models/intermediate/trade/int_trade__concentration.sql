{{ config(materialized=by_period(), meta={'whole_periods': true}) }}

with

cells as (
    select * from {{ ref('int_trade__cells') }} as numbered
    where {{ is_due('numbered') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }} as shares
    where {{ is_due('shares') }}
),

imports as (
    select * from {{ ref('int_trade__imports') }} as imported
    where {{ is_due('imported') }}
),

-- Both sides of the EU border, whatever the supplier scope of the row.
border_sides as (
    select
        product_period_number,
        reporter_code,
        sum(value_in_currency) filter (where not is_intra_eu_partner) as extra_eu_value,
        sum(value_in_currency) filter (where is_intra_eu_partner) as intra_eu_value,
        sum(net_mass_kg) filter (where not is_intra_eu_partner) as extra_eu_net_mass_kg,
        sum(net_mass_kg) filter (where is_intra_eu_partner) as intra_eu_net_mass_kg,
    from imports
    where is_eu_reporter
    group by product_period_number, reporter_code
),

squares as (
    select
        cell_number,
        max(partner_code) filter (where supplier_rank = 1 and partner_kind <> 'pseudo_partner')
            as top_supplier_iso3,
        count(*) filter (where partner_kind <> 'pseudo_partner' and value_in_currency > 0)
            as supplier_count,
        max(value_share) filter (where partner_kind <> 'pseudo_partner') as top_share,
        min(value_share) filter (where partner_kind <> 'pseudo_partner') as smallest_named_share,
        {{ sum_of_squared_shares('value_share_of_known') }} as hhi_known,
        {{ sum_of_squared_shares('mass_share_of_known') }} as hhi_mass_known,
        {{ sum_of_squared_shares('value_share', "partner_kind <> 'pseudo_partner'") }}
            as squares_of_total,
        {{ shannon_entropy('value_share_of_known') }} as shannon_known,
        {{ sum_in_any_order(
            'value_share', "supplier_rank <= 3 and partner_kind <> 'pseudo_partner'"
        ) }} as top_three_share,
    from supplier_shares
    group by cell_number
),

concentration as (
    select
        cells.*,
        squares.top_supplier_iso3,
        squares.supplier_count,
        squares.top_share,
        squares.smallest_named_share,
        squares.hhi_known,
        squares.hhi_mass_known,
        squares.shannon_known,
        squares.top_three_share,
        cells.unknown_value / cells.import_value as unknown_share,
        -- With unknown suppliers only, no named one has a part.
        coalesce(squares.squares_of_total, 0) as named_squares,
        coalesce(squares.top_share, 0) as named_top_share,
        cells.coverage is not null as is_partial_partner_list,
    from cells
    inner join squares
        on cells.cell_number = squares.cell_number
),

-- What the unknown part can do to the HHI. A confidential remainder may all belong to the
-- top supplier. Where the source names its five largest suppliers, nobody in the rest is
-- larger than the fifth.
bounded as (
    select
        *,
        case
            when coverage is null
                then named_squares + unknown_share * (2 * named_top_share + unknown_share)
            when source_id = 'baci_chips_hs8542'
                then
                    named_squares
                    + floor(unknown_share / smallest_named_share) * power(smallest_named_share, 2)
                    + power(
                        unknown_share
                        - floor(unknown_share / smallest_named_share) * smallest_named_share,
                        2
                    )
        end as hhi_high,
        case
            when coverage is null or source_id = 'baci_chips_hs8542' then named_squares
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
        {{ in_eur('border_sides.extra_eu_value', 'bounded.currency', 'bounded.usd_per_eur') }}
            as extra_eu_import_value_eur,
        {{ in_eur('border_sides.intra_eu_value', 'bounded.currency', 'bounded.usd_per_eur') }}
            as intra_eu_import_value_eur,
        cast(border_sides.extra_eu_net_mass_kg as double) as extra_eu_net_mass_kg,
        cast(border_sides.intra_eu_net_mass_kg as double) as intra_eu_net_mass_kg,
    from bounded
    left join border_sides
        on
            bounded.product_period_number = border_sides.product_period_number
            and bounded.reporter_code = border_sides.reporter_code
            and bounded.source_id <> 'baci_chips_hs8542'
)

select * from final
