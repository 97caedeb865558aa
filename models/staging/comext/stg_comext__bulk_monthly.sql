with

flows as (select * from {{ source('landing', 'comext_bulk_monthly') }}),

renamed as (
    select
        'comext_bulk_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        reporter as reporter_source_code,
        partner as partner_source_code,
        case flow when '1' then 'import' else 'export' end as flow,
        'CN' || left(period, 4) as nomenclature,
        product_nc as product_code,
        'EUR' as currency,
        value_eur as value_in_currency,
        quantity_kg as net_mass_kg,
        line_number,
        trade_type,
        stat_procedure as statistical_procedure,
        suppl_unit as supplementary_unit,
    from flows
)

select * from renamed
