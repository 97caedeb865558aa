with

landed as (select * from {{ source('landing', 'exposure_open_orders') }})

select * from landed
