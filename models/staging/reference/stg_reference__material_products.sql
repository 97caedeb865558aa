with

material_products as (
    select * from {{ ref('material_products') }}
),

renamed as (
    select
        term,
        nomenclature,
        product_code,
        form_or_stage,
        match as match_quality,
        basis,
    from material_products
)

select * from renamed
