with

landed as (select * from {{ source('landing', 'exposure_sites') }}),

renamed as (
    select
        landed.* exclude (country_iso3),
        country_iso3 as country_code,
    from landed
)

select * from renamed
