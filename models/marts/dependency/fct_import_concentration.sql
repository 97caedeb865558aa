{{ config(materialized=by_period()) }}

with

imports as (
    select * from {{ ref('int_trade__imports') }} as imports
    where {{ is_due('imports') }}
),

sources as (select * from {{ ref('stg_reference__trade_sources') }}),
known_outliers as (select * from {{ ref('known_outliers') }}),

{{ concentration() }},

-- A figure that is known to be wrong is shown as it is, and says so.
flagged as (
    select
        concentration.*,
        known_outliers.reason as known_outlier,
    from concentration
    left join known_outliers
        using (source_id, reporter_code, product_code, period)
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        frequency,
        coverage,
        top_supplier_iso3,
        known_outlier,
        {{ amount_in_eur('import_value_eur', 'currency') }} as import_value_eur,
        net_mass_kg,
        {{ amount_in_eur('extra_eu_import_value_eur', 'currency') }} as extra_eu_import_value_eur,
        {{ amount_in_eur('intra_eu_import_value_eur', 'currency') }} as intra_eu_import_value_eur,
        extra_eu_net_mass_kg,
        intra_eu_net_mass_kg,
        {{ significant("case when currency = 'USD' then usd_per_eur end") }} as usd_per_eur,
        {{ significant('hhi') }} as hhi_value,
        {{ significant('hhi_mass_known') }} as hhi_mass,
        {{ significant('hhi_low') }} as hhi_value_low,
        {{ significant('hhi_high') }} as hhi_value_high,
        {{ significant('hhi_normalised') }} as hhi_value_normalised,
        {{ significant('1 / hhi') }} as effective_suppliers,
        {{ significant('shannon') }} as shannon_entropy,
        {{ significant('greatest(0, ln(supplier_count) - shannon)') }} as theil_index,
        cast(supplier_count as integer) as supplier_count,
        {{ significant('top_share') }} as top_supplier_value_share,
        {{ significant('top_share') }} as cr1_value,
        {{ significant('top_three_share') }} as cr3_value,
        {{ significant('unknown_share') }} as unknown_partner_value_share,
        {{ significant('value_without_mass / import_value') }} as value_share_without_mass,
        is_partial_partner_list,
        import_value_eur
        < {{ var('small_cell_floor_eur') }} / case frequency when 'monthly' then 12 else 1 end
            as is_small_cell,
    from flagged
)

select * from final
-- What readers ask by.
order by reporter_code, product_code, period
