with

listed_goods as (
    select * from {{ ref('listed_goods') }}
),

renamed as (
    select
        hs6_code,
        goods_name,
        naming_order,
    from listed_goods
)

select * from renamed
