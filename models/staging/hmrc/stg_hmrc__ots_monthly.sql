with

flows as (select * from {{ source('landing', 'hmrc_ots_monthly') }}),

renamed as (
    select
        'hmrc_ots_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'GBR' as reporter_source_code,
        partner as partner_source_code,
        case when flow_type in ('1', '3') then 'import' else 'export' end as flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        left(cn8, 6) as product_code,
        'GBP' as currency,
        value_gbp as value_in_currency,
        net_mass_kg,
        line_number,
        cn8 as cn8_code,
        flow_type as flow_type_code,
        port as port_code,
        sitc as sitc_code,
        suppression_index,
        supplementary_quantity,
    from flows
)

select * from renamed
