{{ config(alias='metric_definitions') }}

with

metric_definitions as (select * from {{ ref('metric_cards') }})

select * from metric_definitions
order by metric_id
