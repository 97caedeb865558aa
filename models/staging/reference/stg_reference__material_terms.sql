with

material_terms as (
    select * from {{ ref('material_terms') }}
),

renamed as (
    select
        term,
        material,
        term_kind,
    from material_terms
)

select * from renamed
