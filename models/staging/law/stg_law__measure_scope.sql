with

measure_scope as (select * from {{ ref('measure_scope') }}),

renamed as (
    select
        measure_scope.* exclude (cn_code10, hs8_cn, hs6, url_quality),
        cn_code10 as national_tariff10_code,
        hs8_cn as national_tariff8_code,
        hs6 as hs6_code,
    from measure_scope
)

select * from renamed
