with

measure_scope as (
    select * from {{ ref('measure_scope') }}
),

renamed as (
    select
        scope_id,
        measure_id,
        material,
        item_description,
        control_code,
        cn_code10 as national_tariff10_code,
        hs8_cn as national_tariff8_code,
        hs6 as hs6_code,
        coverage,
        code_origin,
        source_title,
        source_url,
        confidence,
        note,
    from measure_scope
)

select * from renamed
