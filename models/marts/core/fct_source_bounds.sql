with

bounds as (select * from {{ ref('int_trade__source_bounds') }}),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code as partner_iso3,
        other_source_id,
        other_product_codes,
        agreement,
        {{ significant('value_eur') }} as import_value_eur,
        {{ significant('other_value_eur') }} as other_import_value_eur,
        {{ significant('value_eur / nullif(total_eur, 0)') }} as value_share,
        {{ significant('other_share_low') }} as other_share_low,
        {{ significant('other_share_high') }} as other_share_high,
        {{ significant('total_eur') }} as total_value_eur,
        {{ significant('other_total_eur') }} as other_total_value_eur,
        {{ significant('other_reading_eur') }} as other_reading_eur,
        other_top as other_top_supplier_iso3,
        {{ significant('other_top_share_low') }} as other_top_share_low,
        {{ significant('other_top_share_high') }} as other_top_share_high,
        {{ significant('other_hhi_low') }} as other_hhi_low,
        {{ significant('other_hhi_high') }} as other_hhi_high,
        {{ significant('beyond_share') }} as beyond_share,
        is_furthest,
        other_reading,
    from bounds
)

select * from final
order by reporter_code, supplier_scope, product_code, period, source_id, partner_iso3
