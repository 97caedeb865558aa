with

under_measures as (
    select * from {{ ref('rpt_trade_under_measures') }}('EU27', null, current_date, current_date)
)

select * from under_measures
where measure_count > 0
