with

crisis_today as (
    select * from {{ ref('rpt_crisis_on') }}(null)
)

select * from crisis_today
