{{ config(materialized=in_passing()) }}

with

all_flows as (select * from {{ ref('int_trade__flows_harmonised') }}),
bulk_flows_at_hand as (select * from {{ ref('int_trade__flows_at_hand') }}),

final as (
    select *
    from all_flows
    where not ({{ is_bulk_source('source_id') }})
    union all
    select * from bulk_flows_at_hand
)

select * from final
