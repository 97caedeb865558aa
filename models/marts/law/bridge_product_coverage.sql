with

product_coverage as (select * from {{ ref('int_law__product_coverage') }})

select * from product_coverage
order by measure_id, clause_id, nomenclature, product_code
