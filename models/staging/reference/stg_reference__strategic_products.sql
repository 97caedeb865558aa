with

strategic_products as (
    select * from {{ ref('strategic_products') }}
),

renamed as (
    select
        product_code,
        strategic_material,
        stage,
        match as match_quality,
        note,
    from strategic_products
)

select * from renamed
