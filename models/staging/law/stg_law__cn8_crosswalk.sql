with

cn8_crosswalk as (
    select * from {{ ref('cn8_crosswalk') }}
),

renamed as (
    select
        measure_id,
        'CN2025' as nomenclature,
        cn8_2025 as cn8_code,
        cn8_description,
        prodcom_2025 as prodcom_code,
        material,
        coverage,
        mapping,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
    from cn8_crosswalk
)

select * from renamed
