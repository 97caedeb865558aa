with

global_supply as (select * from {{ source('landing', 'crm2023_global_supply') }}),

renamed as (
    select
        global_supply.* exclude (iso3),
        iso3 as producer_iso3,
    from global_supply
)

select * from renamed
