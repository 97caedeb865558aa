with

orders as (
    select * from {{ ref('int_exposure__position_orders') }}
),

lost_supply as (
    select * from {{ ref('int_scenarios__lost_supply') }}
),

licence_pace as (
    select * from {{ ref('int_scenarios__licence_pace') }}
),

newly_licensed_orders as (
    select * from {{ ref('int_exposure__newly_licensed_orders') }}
),

licence_curves as (
    select * from {{ ref('int_exposure__licence_curves') }}
),

controlled as (
    select
        newly_licensed_orders.scenario_id,
        orders.position_number,
        orders.order_number,
        newly_licensed_orders.controlled_from,
        newly_licensed_orders.controlled_to,
    from newly_licensed_orders
    inner join orders
        on
            newly_licensed_orders.graph_origin = orders.data_origin
            and newly_licensed_orders.graph_id = orders.graph_id
            and newly_licensed_orders.order_id = orders.order_id
    where orders.has_date_to_come
),

-- A scenario that changes one order of a position is computed for all orders of it.
changed_positions as (
    select
        'base' as scenario_id,
        position_number,
    from orders
    union
    select
        scenario_id,
        position_number,
    from controlled
    union
    select
        lost_supply.scenario_id,
        orders.position_number,
    from orders
    inner join lost_supply
        on
            orders.data_origin = lost_supply.graph_origin
            and orders.graph_id = lost_supply.graph_id
            and orders.part_id = lost_supply.part_id
            and orders.supplier_site_id = lost_supply.site_id
    union
    select
        licence_pace.scenario_id,
        orders.position_number,
    from orders
    inner join licence_pace
        on
            licence_pace.stratum_kind = 'all'
            or lower(trim(licence_pace.stratum)) = orders.licence_material
    where orders.awaits_licence
),

by_scenario as (
    select
        changed_positions.scenario_id,
        orders.*,
        orders.awaits_licence or controlled.order_number is not null as needs_licence,
        case
            when controlled.order_number is not null
                then coalesce(orders.licence_material, orders.part_material)
            else orders.licence_material
        end as material,
        greatest(orders.asked_date, controlled.controlled_from) as start_date,
        controlled.controlled_to,
    from changed_positions
    inner join orders
        on changed_positions.position_number = orders.position_number
    left join controlled
        on
            changed_positions.scenario_id = controlled.scenario_id
            and orders.order_number = controlled.order_number
),

final as (
    select
        by_scenario.scenario_id,
        by_scenario.position_number,
        by_scenario.order_number,
        cast(
            dense_rank() over (
                order by
                    by_scenario.data_origin, by_scenario.material, by_scenario.waited_days
            ) as integer
        ) as wait_number,
        by_scenario.data_origin,
        by_scenario.graph_id,
        by_scenario.part_id,
        by_scenario.supplier_site_id,
        by_scenario.material as licence_material,
        licence_curves.curve_origin,
        by_scenario.quantity,
        coalesce(material_pace.pace_factor, all_pace.pace_factor, 1) as pace_factor,
        by_scenario.waited_days,
        by_scenario.transit_days,
        by_scenario.promised_day,
        cast(by_scenario.start_date - by_scenario.first_date as integer) as start_day,
        cast(
            coalesce(material_pace.valid_from, all_pace.valid_from, by_scenario.start_date)
            - by_scenario.first_date as integer
        ) as pace_from_day,
        cast(by_scenario.controlled_to - by_scenario.first_date as integer) as control_end_day,
        by_scenario.draw_multiplier,
        by_scenario.draw_shift,
        by_scenario.needs_licence,
        by_scenario.has_date_to_come,
        by_scenario.transit_days is not null
        and licence_curves.curve_origin is not null as has_licence_draw,
        by_scenario.first_date,
    from by_scenario
    left join licence_curves
        on
            by_scenario.needs_licence
            and by_scenario.data_origin = licence_curves.data_origin
            and licence_curves.stratum_kind = 'all'
    left join licence_pace as material_pace
        on
            by_scenario.scenario_id = material_pace.scenario_id
            and material_pace.stratum_kind = 'material'
            and by_scenario.material = lower(trim(material_pace.stratum))
    left join licence_pace as all_pace
        on
            by_scenario.scenario_id = all_pace.scenario_id
            and all_pace.stratum_kind = 'all'
)

select * from final
