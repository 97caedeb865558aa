{{ config(materialized=in_passing()) }}

with

flows_as_reported as (select * from {{ ref('int_trade__flows_as_reported') }}),
places as (select * from {{ ref('int_trade__places') }}),
exchange_rates as (select * from {{ ref('int_trade__exchange_rates') }}),

final as (
    {{ harmonised_flows('flows_as_reported') }}
)

select * from final
