with

crm2023_eu_sourcing_shares as (
    select * from {{ ref('crm2023_eu_sourcing_shares') }}
),

renamed as (
    select
        material,
        stage,
        iso3 as supplier_iso3,
        country_as_printed,
        share_text,
        share,
        trade_parameter_t,
        is_below_detection,
    from crm2023_eu_sourcing_shares
)

select * from renamed
