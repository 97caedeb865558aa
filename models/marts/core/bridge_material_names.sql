with

material_terms as (
    select * from {{ ref('material_terms') }}
),

final as (
    select
        term,
        material,
        term_kind,
    from material_terms
)

select * from final
order by term, material
