with

landed as (select * from {{ source('landing', 'scenarios') }})

select * from landed
