with

timelines as (select * from {{ ref('int_law__timelines') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- The EU27 as a whole is a destination too.
places as (
    select
        countries.iso3 as country_code,
        members.member_iso3 is not null as is_eu27,
    from countries
    left join members
        on countries.iso3 = members.member_iso3
    union all
    select
        'EU27' as country_code,
        true as is_eu27,
),

destinations as (
    select distinct destination
    from timelines
),

final as (
    select
        places.country_code,
        places.is_eu27,
        destinations.destination,
        case destinations.destination
            when 'ALL' then 1
            when 'ALL_NON_EU' then 2
            when 'EU27' then 3
            else 4
        end as precedence,
    from places
    inner join destinations
        on
            destinations.destination in ('ALL', places.country_code)
            or (destinations.destination = 'EU27' and places.is_eu27)
            or (destinations.destination = 'ALL_NON_EU' and not places.is_eu27)
)

select * from final
