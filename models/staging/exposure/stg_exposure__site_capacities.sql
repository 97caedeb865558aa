with

landed as (select * from {{ source('landing', 'exposure_site_capacities') }})

select * from landed
