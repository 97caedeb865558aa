{{ config(alias='metric_definitions') }}

with

metric_definitions as (
    select * from {{ ref('stg_reference__metric_definitions') }}
)

select * from metric_definitions
order by metric_id
