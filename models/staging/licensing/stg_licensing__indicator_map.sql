with

licence_indicator_map as (
    select * from {{ ref('licence_indicator_map') }}
),

renamed as (
    select
        indicator,
        role,
        outcome,
        qualifier,
        note,
    from licence_indicator_map
)

select * from renamed
