with

material_codes as (
    select * from {{ ref('stg_reference__material_codes') }}
),

final as (
    select
        material,
        nomenclature,
        product_code,
        form_or_stage,
        match_quality,
    from material_codes
)

select * from final
order by material, nomenclature, product_code
