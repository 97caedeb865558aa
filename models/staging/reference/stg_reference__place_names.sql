with

place_names as (
    select * from {{ ref('place_names') }}
),

renamed as (
    select
        place_name,
        place_code,
    from place_names
)

select * from renamed
