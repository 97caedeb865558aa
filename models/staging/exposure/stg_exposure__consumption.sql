with

landed as (select * from {{ source('landing', 'exposure_consumption') }})

select * from landed
