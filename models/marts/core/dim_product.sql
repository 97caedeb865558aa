with

products as (
    select * from {{ ref('stg_reference__products') }}
),

material_codes as (
    select * from {{ ref('stg_reference__material_codes') }}
),

-- Every material that a code stands for, in any nomenclature edition.
materials as (
    select
        product_code,
        string_agg(distinct material, '; ' order by material) as materials,
    from material_codes
    group by product_code
),

final as (
    select
        products.nomenclature_family,
        products.product_code,
        products.product_name,
        materials.materials,
        products.note,
    from products
    left join materials
        on products.product_code = materials.product_code
)

select * from final
order by nomenclature_family, product_code
