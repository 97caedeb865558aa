with

ending as (
    select * from {{ ref('rpt_measures_ending') }}(current_date, 90)
)

select * from ending
