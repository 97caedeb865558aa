with

import_concentration as (select * from {{ ref('fct_import_concentration') }}),
partner_shares as (select * from {{ ref('fct_partner_shares') }}),
products as (select * from {{ ref('dim_product') }}),

china as (
    select *
    from partner_shares
    where partner_iso3 = 'CHN'
),

final as (
    select
        import_concentration.source_id,
        import_concentration.nomenclature,
        import_concentration.product_code,
        products.product_name,
        import_concentration.period,
        import_concentration.top_supplier_iso3,
        import_concentration.coverage,
        import_concentration.import_value_eur as extra_eu_import_value_eur,
        import_concentration.net_mass_kg as extra_eu_net_mass_kg,
        import_concentration.hhi_value,
        import_concentration.top_supplier_value_share,
        coalesce(china.value_share, 0) as china_value_share,
        case
            when import_concentration.net_mass_kg is not null then coalesce(china.mass_share, 0)
        end as china_mass_share,
    from import_concentration
    left join china
        using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
    left join products
        on
            left(import_concentration.nomenclature, 2) = products.nomenclature_family
            and import_concentration.product_code = products.product_code
    where
        import_concentration.reporter_code = 'EU27'
        and import_concentration.supplier_scope = 'extra_eu'
)

select * from final
