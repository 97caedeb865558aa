with

baskets as (
    select * from {{ ref('product_baskets') }}
),

renamed as (
    select
        basket_id,
        basket_name,
        product_code,
    from baskets
)

select * from renamed
