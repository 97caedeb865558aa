with

chips_hs8542_totals as (
    select * from {{ ref('chips_hs8542_totals') }}
),

renamed as (
    select
        iso3 as reporter_iso3,
        'HS1992' as nomenclature,
        '8542' as hs4_code,
        year,
        imports_usd as import_value_usd,
        exports_usd as export_value_usd,
        n_suppliers_ge_1musd as suppliers_of_1m_usd_or_more,
        n_customers_ge_1musd as customers_of_1m_usd_or_more,
    from chips_hs8542_totals
)

select * from renamed
