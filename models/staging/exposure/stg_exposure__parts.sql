with

landed as (select * from {{ source('landing', 'exposure_parts') }}),

renamed as (
    select
        landed.* exclude (is_bom_complete),
        is_bom_complete = 'yes' as is_bom_complete,
    from landed
)

select * from renamed
