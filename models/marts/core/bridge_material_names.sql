with

material_terms as (select * from {{ ref('material_terms') }})

select * from material_terms
order by term, material
