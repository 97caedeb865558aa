with

products as (
    select * from {{ ref('products') }}
),

renamed as (
    select
        nomenclature_family,
        product_code,
        product_name,
        note,
    from products
)

select * from renamed
