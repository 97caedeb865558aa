with

concentration as (select * from {{ ref('int_trade__concentration') }}),

-- Changes are followed for the EU27, its members and some others, by year.
final as (
    select
        cell_number,
        reporter_code,
        supplier_scope,
        series_id,
        source_id,
        nomenclature,
        product_code,
        period,
        {{ hs_edition('nomenclature') }} as hs_edition,
        coverage,
        top_supplier_iso3,
        import_value,
        import_value_eur,
        net_mass_kg,
        value_without_mass / import_value as value_share_without_mass,
        hhi_known as hhi_value,
        hhi_mass_known as hhi_mass,
        top_share as top_supplier_value_share,
        {{ least_coverage('coverage') }} as least_coverage,
    from concentration
    where
        frequency = 'annual'
        and is_of_series
        and (
            is_eu_reporter
            or list_contains({{ sql_text_list(var('followed_importers')) }}, reporter_code)
        )
)

select * from final
