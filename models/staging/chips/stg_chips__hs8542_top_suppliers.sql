with

chips_hs8542_top5_suppliers as (
    select * from {{ ref('chips_hs8542_top5_suppliers') }}
),

renamed as (
    select
        exporter_iso3,
        importer_iso3,
        'HS1992' as nomenclature,
        hs4_hs92 as hs4_code,
        year,
        rank_in_importer as supplier_rank,
        value_usd,
    from chips_hs8542_top5_suppliers
)

select * from renamed
