with

products as (
    select * from {{ ref('products') }}
),

renamed as (
    select
        nomenclature_family,
        product_code,
        product_name,
        cast(first_year as integer) as first_year,
        note,
    from products
)

select * from renamed
