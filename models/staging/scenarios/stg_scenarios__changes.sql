with

landed as (select * from {{ source('landing', 'scenario_changes') }})

select * from landed
