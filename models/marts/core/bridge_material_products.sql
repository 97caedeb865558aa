with

material_codes as (select * from {{ ref('stg_reference__material_codes') }}),
material_products as (select * from {{ ref('material_products') }}),
material_terms as (select * from {{ ref('material_terms') }}),

named as (
    select
        *,
        -- "Niobium tantalum or vanadium ores": the code is exact for the three together, for none.
        count(*) over (partition by term) > 1 as is_shared_name,
    from material_terms
),

codes as (
    select
        material as name_in_list,
        nomenclature,
        product_code,
        form_or_stage,
        match_quality,
        'material_codes: public lists of codes' as basis,
    from material_codes
    union all
    select
        term as name_in_list,
        nomenclature,
        product_code,
        form_or_stage,
        match as match_quality,
        'material_products: ' || basis as basis,
    from material_products
),

final as (
    select
        named.material,
        codes.nomenclature,
        codes.product_code,
        codes.form_or_stage,
        case when named.is_shared_name then 'shared' else codes.match_quality end as match_quality,
        codes.name_in_list,
        case
            when codes.form_or_stage in ('ore', 'ores') then 'ore'
            when left(codes.product_code, 2) in ('25', '26', '27') then 'ore'
            when left(codes.product_code, 2) < '84' then 'refined'
            else 'product'
        end as stage,
        'own_mapping: '
        || case
            when codes.form_or_stage in ('ore', 'ores')
                then 'the list calls it ' || codes.form_or_stage
            else 'chapter ' || left(codes.product_code, 2) || ' of the Harmonised System'
        end as stage_basis,
        codes.basis,
    from codes
    inner join named
        on lower(codes.name_in_list) = named.term
)

select * from final
order by material, nomenclature, product_code
