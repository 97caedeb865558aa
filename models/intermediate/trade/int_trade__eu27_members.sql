with

memberships as (select * from {{ ref('eu_membership') }}),

-- EU27_2020: today's members, applied to every year.
members as (
    select iso3 as member_iso3
    from memberships
    where left_on is null
)

select * from members
