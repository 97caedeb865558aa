with

unioned as (
    select
        'comext_sdmx_monthly' as source_id,
        'CN' || left(period, 4) as nomenclature,
        *,
    from {{ source('landing', 'comext_sdmx_monthly') }}
    union all by name
    select
        'comext_sdmx_hs6_monthly' as source_id,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        *,
    from {{ source('landing', 'comext_sdmx_hs6_monthly') }}
),

renamed as (
    select
        unioned.* exclude (reporter, partner, product, flow),
        product as product_code,
        reporter as reporter_code,
        partner as partner_code,
        case flow when '1' then 'import' else 'export' end as flow,
    from unioned
)

select * from renamed
