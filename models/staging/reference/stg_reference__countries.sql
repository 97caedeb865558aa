with

countries as (select * from {{ ref('countries') }}),

renamed as (
    select
        iso3,
        iso2,
        lpad(m49, 3, '0') as m49_code,
        name as country_name,
        un_region,
    from countries
)

select * from renamed
