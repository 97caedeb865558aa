with

eu_membership as (
    select * from {{ ref('eu_membership') }}
),

renamed as (
    select
        iso3,
        source,
        joined_on,
        left_on,
    from eu_membership
)

select * from renamed
