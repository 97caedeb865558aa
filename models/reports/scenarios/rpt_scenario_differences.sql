with

differences as (
    select * from {{ ref('rpt_scenario_differences_on') }}(current_date)
)

select * from differences
