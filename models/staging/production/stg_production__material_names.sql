with

material_names as (
    select * from {{ ref('material_names') }}
),

renamed as (
    select
        list_id,
        name_in_list,
        material,
        basis,
    from material_names
)

select * from renamed
