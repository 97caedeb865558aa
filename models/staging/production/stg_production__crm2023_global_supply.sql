with

global_supply as (
    select * from {{ source('landing', 'crm2023_global_supply') }}
),

renamed as (
    select
        material,
        stage,
        iso3 as producer_iso3,
        country_as_printed,
        share_text,
        vintage,
        share,
        trade_parameter_t,
        line_number,
        is_below_detection,
    from global_supply
)

select * from renamed
