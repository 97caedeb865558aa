with

bill_of_materials as (select * from {{ ref('stg_exposure__bill_of_materials') }}),
supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
stock_positions as (select * from {{ ref('stg_exposure__stock_positions') }}),
consumption as (select * from {{ ref('stg_exposure__consumption') }}),
open_orders as (select * from {{ ref('stg_exposure__open_orders') }}),
site_capacities as (select * from {{ ref('stg_exposure__site_capacities') }}),

-- A best figure without bounds stands for both of them.
final as (
    select
        data_origin,
        graph_id,
        'bill_line' as subject_kind,
        part_id || '|' || component_id as subject_id,
        part_id,
        component_id,
        null as site_id,
        null as supplier_site_id,
        null as quantity_basis,
        coalesce(input_share_low, input_share_central) as least_share,
    from bill_of_materials
    union all by name
    select
        data_origin,
        graph_id,
        'supplier_link' as subject_kind,
        part_id || '|' || site_id as subject_id,
        part_id,
        site_id,
        coalesce(supply_share_low, supply_share_central) as least_share,
    from supplier_links
    union all by name
    select distinct
        data_origin,
        graph_id,
        'stock_position' as subject_kind,
        site_id || '|' || part_id as subject_id,
        part_id,
        site_id,
        quantity_basis,
    from stock_positions
    union all by name
    select distinct
        data_origin,
        graph_id,
        'consumption' as subject_kind,
        site_id || '|' || part_id as subject_id,
        part_id,
        site_id,
        quantity_basis,
    from consumption
    union all by name
    select
        data_origin,
        graph_id,
        'open_order' as subject_kind,
        order_id as subject_id,
        part_id,
        site_id,
        supplier_site_id,
        quantity_basis,
    from open_orders
    union all by name
    select
        data_origin,
        graph_id,
        'site_capacity' as subject_kind,
        capacity_id as subject_id,
        part_id,
        site_id,
    from site_capacities
)

select * from final
