with

bilateral as (
    select * from {{ source('landing', 'baci_hs92_bilateral') }}
),

renamed as (
    select
        exporter_iso3 as exporter_code,
        importer_iso3 as importer_code,
        'HS1992' as nomenclature,
        hs6 as hs6_code,
        vintage,
        year,
        value_kusd,
        quantity_t,
        line_number,
    from bilateral
)

select * from renamed
