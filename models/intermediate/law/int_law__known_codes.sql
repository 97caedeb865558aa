with

steps as (select * from {{ ref('stg_reference__hs_concordances') }}),
scope_codes as (select * from {{ ref('int_law__scope_codes') }}),
products as (select * from {{ ref('products') }}),
material_codes as (select * from {{ ref('stg_reference__material_codes') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),
published as (select * from {{ ref('int_law__published_imports') }}),

-- Codes that something bundled or landed says are codes of an edition. Names of CN codes are those
-- of 2025.
known as (
    select
        nomenclature_before as nomenclature,
        code_before as product_code,
    from steps
    union
    select
        nomenclature_after as nomenclature,
        code_after as product_code,
    from steps
    union
    select
        nomenclature,
        product_code,
    from scope_codes
    where nomenclature in ('HS2022', 'CN2025')
    union
    select
        'CN2025' as nomenclature,
        product_code,
    from products
    where nomenclature_family = 'CN'
    union
    select
        nomenclature,
        product_code,
    from material_codes
    where product_code is not null
    union
    select
        nomenclature,
        product_code,
    from product_periods
    union
    select
        nomenclature,
        product_code,
    from published
),

-- Whole editions of bulk sources have codes that no measure lists: of the HS these are known too.
final as (
    select
        nomenclature,
        left(nomenclature, 2) as nomenclature_family,
        product_code,
        cast(right(nomenclature, 4) as integer) as edition_year,
        {{ hs_edition('nomenclature') }} as hs_nomenclature,
        left(product_code, 6) as hs6_code,
        edition_year = max(edition_year) over (
            partition by left(nomenclature, 2), product_code
        ) as is_newest,
    from known
    where
        length(product_code) in (6, 8)
        and regexp_full_match(nomenclature, '(HS|CN)[0-9]{4}')
        and (left(nomenclature, 2) = 'CN') = (length(product_code) = 8)
)

select * from final
