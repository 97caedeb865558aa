with

landed as (select * from {{ source('landing', 'exposure_stock_positions') }})

select * from landed
