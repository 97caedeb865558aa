with

estimates as (
    select * from {{ source('landing', 'wgi_estimates') }}
),

renamed as (
    select
        iso3 as country_code,
        indicator,
        vintage,
        year,
        estimate,
        line_number,
    from estimates
)

select * from renamed
