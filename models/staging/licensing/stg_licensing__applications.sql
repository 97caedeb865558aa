with

applications as (select * from {{ source('landing', 'licence_applications') }}),

renamed as (
    select
        applications.* exclude (destination_iso3),
        destination_iso3 as destination_code,
    from applications
)

select * from renamed
