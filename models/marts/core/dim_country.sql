with

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

memberships as (
    select * from {{ ref('stg_reference__eu_memberships') }}
),

final as (
    select
        countries.iso3 as country_iso3,
        countries.iso2 as country_iso2,
        countries.m49_code,
        countries.country_name,
        countries.un_region,
        memberships.iso3 is not null and memberships.left_on is null as is_eu27_member,
        memberships.joined_on as eu_joined_date,
        memberships.left_on as eu_left_date,
    from countries
    left join memberships
        on countries.iso3 = memberships.iso3
)

select * from final
order by country_iso3
