with

states_today as (
    select * from {{ ref('rpt_measure_state') }}(current_date, current_date)
)

select * from states_today
