with

links as (select * from {{ ref('int_trade__edition_links') }}),
coverage as (select * from {{ ref('int_law__product_coverage') }}),

of_the_hs as (
    select
        *,
        'certain' as link_certainty,
        nomenclature = 'HS2022' and product_code in (
            select coverage.product_code from coverage
            where coverage.match_basis = 'as listed'
        ) as is_listed,
    from links
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
