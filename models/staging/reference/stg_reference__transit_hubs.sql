with

transit_hubs as (
    select * from {{ ref('transit_hubs') }}
),

renamed as (
    select
        country_iso3,
        hub_kind,
        basis,
        note,
    from transit_hubs
)

select * from renamed
