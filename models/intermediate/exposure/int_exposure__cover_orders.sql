with

orders as (select * from {{ ref('int_exposure__position_orders') }}),
lost_supply as (select * from {{ ref('int_scenarios__lost_supply') }}),
licence_pace as (select * from {{ ref('int_scenarios__licence_pace') }}),
newly_licensed_orders as (select * from {{ ref('int_exposure__newly_licensed_orders') }}),
licence_curves as (select * from {{ ref('int_exposure__licence_curves') }}),

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
        using (scenario_id, order_number)
),

-- The curve of the material, where enough of its applications are decided, else that of all.
curved as (
    select
        by_scenario.*,
        coalesce(of_material.curve_origin, of_all.curve_origin) as curve_origin,
        coalesce(of_material.stratum_kind, of_all.stratum_kind) as stratum_kind,
        coalesce(of_material.stratum, of_all.stratum) as stratum,
        coalesce(of_material.as_of_date, of_all.as_of_date) as curve_date,
        coalesce(of_material.decided_cases, of_all.decided_cases) as decided_cases,
        coalesce(of_material.is_enough, of_all.is_enough, false) as has_curve,
    from by_scenario
    left join licence_curves as of_material
        on
            by_scenario.needs_licence
            and by_scenario.data_origin = of_material.data_origin
            and of_material.stratum_kind = 'material'
            and of_material.is_enough
            and by_scenario.material = of_material.stratum
    left join licence_curves as of_all
        on
            by_scenario.needs_licence
            and by_scenario.data_origin = of_all.data_origin
            and of_all.stratum_kind = 'all'
),

final as (
    select
        curved.scenario_id,
        curved.position_number,
        curved.order_number,
        cast(
            dense_rank() over (
                order by curved.data_origin, curved.material, curved.waited_days
            ) as integer
        ) as wait_number,
        curved.data_origin,
        curved.graph_id,
        curved.part_id,
        curved.supplier_site_id,
        curved.material as licence_material,
        curved.curve_origin,
        curved.stratum_kind,
        curved.stratum,
        curved.quantity,
        coalesce(material_pace.pace_factor, all_pace.pace_factor, 1) as pace_factor,
        curved.decided_cases,
        curved.waited_days,
        curved.transit_days,
        curved.promised_day,
        cast(curved.start_date - curved.first_date as integer) as start_day,
        cast(
            coalesce(material_pace.valid_from, all_pace.valid_from, curved.start_date)
            - curved.first_date as integer
        ) as pace_from_day,
        cast(curved.controlled_to - curved.first_date as integer) as control_end_day,
        curved.draw_multiplier,
        curved.draw_shift,
        curved.needs_licence,
        curved.has_date_to_come,
        curved.has_curve,
        curved.transit_days is not null and curved.has_curve as has_licence_draw,
        curved.first_date,
        curved.curve_date,
    from curved
    left join licence_pace as material_pace
        on
            curved.scenario_id = material_pace.scenario_id
            and material_pace.stratum_kind = 'material'
            and curved.material = lower(trim(material_pace.stratum))
    left join licence_pace as all_pace
        on
            curved.scenario_id = all_pace.scenario_id
            and all_pace.stratum_kind = 'all'
)

select * from final
