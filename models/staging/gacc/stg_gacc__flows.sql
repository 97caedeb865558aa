with

imports as (
    select * from {{ source('landing', 'gacc_imports_monthly') }}
),

exports as (
    select * from {{ source('landing', 'gacc_exports_monthly') }}
),

unioned as (
    select
        'gacc_imports_monthly' as source_id,
        'import' as flow,
        *,
    from imports
    union all
    select
        'gacc_exports_monthly' as source_id,
        'export' as flow,
        *,
    from exports
),

renamed as (
    select
        source_id,
        flow,
        commodity_code,
        partner_code,
        regime_code,
        province_code,
        unit,
        supplementary_unit,
        period,
        vintage,
        quantity,
        supplementary_quantity,
        value_usd,
        value_cny,
        line_number,
    from unioned
)

select * from renamed
