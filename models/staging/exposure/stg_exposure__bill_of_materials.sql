with

landed as (select * from {{ source('landing', 'exposure_bill_of_materials') }}),

renamed as (
    select
        landed.* exclude (is_essential),
        is_essential = 'yes' as is_essential,
    from landed
)

select * from renamed
