with

observations as (
    select * from {{ source('landing', 'comext_sdmx_monthly') }}
),

renamed as (
    select
        'CN' || left(period, 4) as nomenclature,
        product as cn8_code,
        reporter as reporter_code,
        partner as partner_code,
        case flow when '1' then 'import' else 'export' end as flow,
        indicator,
        flag,
        period,
        vintage,
        amount,
        line_number,
    from observations
)

select * from renamed
