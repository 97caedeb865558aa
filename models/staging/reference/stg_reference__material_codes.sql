with

material_codes as (select * from {{ ref('material_codes') }}),

renamed as (
    select
        material,
        nomenclature,
        coalesce(cn8, hs6) as product_code,
        hs6 as hs6_code,
        cn8 as cn8_code,
        form_or_stage,
        match as match_quality,
    from material_codes
)

select * from renamed
