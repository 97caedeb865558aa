with

history as (select * from {{ ref('int_licensing__duration_history') }})

select * from history
order by data_origin, stratum_kind, stratum, as_of_date
