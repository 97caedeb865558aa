with

product_coverage as (
    select * from {{ ref('int_law__product_coverage') }}
),

final as (
    select
        measure_id,
        clause_id,
        nomenclature,
        nomenclature_family,
        product_code,
        coverage,
        listed_codes,
        link,
        match_basis,
        link_certainty,
        share_low,
        share_central,
        share_high,
    from product_coverage
)

select * from final
order by measure_id, clause_id, nomenclature, product_code
