with

brief as (
    select * from {{ ref('rpt_brief') }}(current_date)
)

select * from brief
