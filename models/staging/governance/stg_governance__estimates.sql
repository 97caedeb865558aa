with

estimates as (select * from {{ source('landing', 'wgi_estimates') }}),

renamed as (
    select
        iso3 as country_code,
        estimates.* exclude (iso3),
    from estimates
)

select * from renamed
