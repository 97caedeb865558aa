-- depends_on: {{ ref('int_law__input_faults') }}
with

items as (
    select
        *,
        code_origin as basis,
    from {{ ref('stg_law__measure_scope') }}
),

mapped as (
    select
        *,
        'own mapping' as basis,
    from {{ ref('cn8_crosswalk') }}
),

-- A measure that takes over the items of another takes over their CN8 codes.
inherited as (
    select distinct
        heirs.measure_id as heir_id,
        origins.measure_id,
        heirs.hs6_code,
    from items as heirs
    inner join items as origins
        using (material, item_description, hs6_code)
    where
        starts_with(heirs.code_origin, 'inherited')
        and not starts_with(origins.code_origin, 'inherited')
),

crosswalk as (
    select * from mapped
    union all
    select mapped.* replace (inherited.heir_id as measure_id)
    from mapped
    inner join inherited
        on
            mapped.measure_id = inherited.measure_id
            and left(mapped.cn8_2025, 6) = inherited.hs6_code
),

products as (select * from {{ ref('products') }}),

-- The codes of the annexes are the tariff of the issuing country; six digits are common to all.
listed as (
    select
        *,
        'CN_TARIFF' as nomenclature,
        coalesce(national_tariff10_code, national_tariff8_code) as product_code,
        coverage = 'whole' as is_whole,
    from items
    where coalesce(national_tariff10_code, national_tariff8_code) is not null
    union all by name
    select
        *,
        'HS2022' as nomenclature,
        hs6_code as product_code,
        coverage = 'whole' and coalesce(national_tariff10_code, national_tariff8_code) is null
            as is_whole,
    from items
    where hs6_code is not null and coverage <> 'named'
    union all by name
    select
        *,
        'CN2025' as nomenclature,
        cn8_2025 as product_code,
        coverage = 'whole' as is_whole,
    from crosswalk
    union all by name
    -- A CN8 code that ends in 00 is the whole HS6 subheading.
    select
        *,
        'HS2022' as nomenclature,
        left(cn8_2025, 6) as product_code,
        coverage = 'whole' and right(cn8_2025, 2) = '00' as is_whole,
    from crosswalk
    union all by name
    select
        *,
        'none' as nomenclature,
        cast(null as varchar) as product_code,
        false as is_whole,
    from items
    where coverage = 'no code listed'
),

grouped as (
    select
        measure_id,
        nomenclature,
        product_code,
        bool_or(is_whole) as is_whole,
        count(*) as item_count,
        string_agg(distinct material, '; ' order by material) as materials,
        string_agg(distinct basis, '; ' order by basis) as basis,
        min(source_title) as source_title,
        min(source_url) as source_url,
        min(confidence) as confidence,
    from listed
    group by measure_id, nomenclature, product_code
),

final as (
    select
        grouped.*,
        products.first_year as code_valid_from_year,
    from grouped
    left join products
        on
            grouped.nomenclature = 'CN2025'
            and products.nomenclature_family = 'CN'
            and grouped.product_code = products.product_code
)

select * from final
