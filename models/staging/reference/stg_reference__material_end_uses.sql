with

material_end_uses as (
    select * from {{ ref('material_end_uses') }}
),

renamed as (
    select
        use_name,
        end_use,
    from material_end_uses
)

select * from renamed
