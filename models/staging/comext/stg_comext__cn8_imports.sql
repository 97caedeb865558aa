with

imports as (
    select * from {{ source('landing', 'comext_cn8_imports') }}
),

renamed as (
    select
        'CN' || year as nomenclature,
        cn8 as cn8_code,
        partner as partner_code,
        vintage,
        year,
        value_eur,
        line_number,
    from imports
)

select * from renamed
