with

links as (select * from {{ ref('int_trade__edition_links') }}),
coverage as (select * from {{ ref('int_law__product_coverage') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),

listed as (
    select distinct product_code
    from coverage
    where match_basis = 'as listed'
),

-- A code of the CN as its subheading.
traded as (
    select distinct
        {{ hs_edition('nomenclature') }} as nomenclature,
        left(product_code, 6) as product_code,
    from product_periods
    where not {{ is_held_back('source_id') }}
),

-- Of every listed code, and between codes that are traded.
of_the_hs as (
    select
        links.*,
        'certain' as link_certainty,
        listed.product_code is not null as is_listed,
    from links
    left join listed
        on links.nomenclature = 'HS2022' and links.product_code = listed.product_code
    left join traded
        on links.nomenclature = traded.nomenclature and links.product_code = traded.product_code
    left join traded as linked_traded
        on
            links.linked_nomenclature = linked_traded.nomenclature
            and links.linked_code = linked_traded.product_code
    where
        listed.product_code is not null
        or (traded.product_code is not null and linked_traded.product_code is not null)
),

-- The CN of other years, as law meets it.
of_the_cn as (
    select distinct
        'CN2025' as nomenclature,
        product_code,
        nomenclature as linked_nomenclature,
        product_code as linked_code,
        'same' as link,
        match_basis as basis,
        link_certainty,
        true as is_listed,
    from coverage
    where match_basis = 'assumed_unchanged'
),

final as (
    select * from of_the_hs
    union all by name
    select * from of_the_cn
)

select * from final
order by nomenclature, product_code, linked_nomenclature, linked_code
