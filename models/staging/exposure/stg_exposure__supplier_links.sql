with

landed as (select * from {{ source('landing', 'exposure_supplier_links') }})

select * from landed
