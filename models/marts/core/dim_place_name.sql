with

countries as (select * from {{ ref('dim_country') }}),
place_names as (select * from {{ ref('place_names') }}),

named as (
    select
        country_iso3 as place_name,
        country_iso3 as place_code,
    from countries
    union all
    select
        country_iso2 as place_name,
        country_iso3 as place_code,
    from countries
    union all
    select
        country_name as place_name,
        country_iso3 as place_code,
    from countries
    union all
    select
        place_name,
        place_code,
    from place_names
),

final as (
    select
        upper(place_name) as name_key,
        place_name,
        place_code,
    from named
    where place_name is not null
)

select * from final
order by name_key
