with

figures as (select * from {{ source('landing', 'baci_eu27_figures') }}),

renamed as (
    select
        figures.* exclude (hs6, partner_iso3),
        hs6 as hs6_code,
        partner_iso3 as partner_code,
    from figures
)

select * from renamed
