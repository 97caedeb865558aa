with

flows as (
    select * from {{ source('landing', 'hmrc_ots_monthly') }}
),

renamed as (
    select
        cn8 as cn8_code,
        partner as partner_code,
        case when flow_type in ('1', '3') then 'import' else 'export' end as flow,
        flow_type as flow_type_code,
        port as port_code,
        sitc as sitc_code,
        suppression_index,
        period,
        vintage,
        value_gbp,
        net_mass_kg,
        supplementary_quantity,
        line_number,
    from flows
)

select * from renamed
