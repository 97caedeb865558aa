with

chips_comext_categories as (
    select * from {{ ref('chips_comext_categories') }}
),

renamed as (
    select
        case reporter when 'EL' then 'GR' else reporter end as reporter_iso2,
        category,
        '2022-2024 pooled' as period,
        value_eur as import_value_eur,
        hhi_suppliers,
    from chips_comext_categories
)

select * from renamed
