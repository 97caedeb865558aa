with

products as (select * from {{ ref('products') }}),
material_products as (select * from {{ ref('bridge_material_products') }}),
imports_by_supplier as (select * from {{ ref('int_trade__imports_by_supplier') }}),
import_concentration as (select * from {{ ref('fct_import_concentration') }}),

-- Every material that a code stands for, in any nomenclature edition.
materials as (
    select
        product_code,
        string_agg(distinct material, '; ' order by material) as materials,
    from material_products
    group by product_code
),

-- Whole bulk deliveries hold thousands of codes that have no name of ours; they are listed too.
-- Of bulk sources the imports by supplier have the products at hand only.
of_sources as (
    {%- for relation in ['imports_by_supplier', 'import_concentration'] %}
    select
        left(nomenclature, 2) as nomenclature_family,
        product_code,
        not {{ is_held_back('source_id') }} as is_passed_on,
    from {{ relation }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

traded as (
    select
        nomenclature_family,
        product_code,
        bool_or(is_passed_on) as is_passed_on,
    from of_sources
    group by nomenclature_family, product_code
),

listed as (
    select
        coalesce(products.nomenclature_family, traded.nomenclature_family) as nomenclature_family,
        coalesce(products.product_code, traded.product_code) as product_code,
        products.product_name,
        products.note,
        products.first_year,
        coalesce(traded.is_passed_on, false) as is_traded,
    from products
    full outer join traded
        on
            products.nomenclature_family = traded.nomenclature_family
            and products.product_code = traded.product_code
),

final as (
    select
        listed.*,
        materials.materials,
    from listed
    left join materials
        on listed.product_code = materials.product_code
)

select * from final
order by nomenclature_family, product_code
