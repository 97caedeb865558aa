with

flows as (
    select * from {{ source('landing', 'comext_bulk_monthly') }}
),

renamed as (
    select
        'CN' || left(period, 4) as nomenclature,
        product_nc as cn8_code,
        reporter as reporter_code,
        partner as partner_code,
        trade_type,
        case flow when '1' then 'import' else 'export' end as flow,
        stat_procedure as statistical_procedure,
        suppl_unit as supplementary_unit,
        period,
        vintage,
        value_eur,
        quantity_kg as net_mass_kg,
        quantity_suppl_unit as supplementary_quantity,
        line_number,
    from flows
)

select * from renamed
