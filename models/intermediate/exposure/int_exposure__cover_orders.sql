{{ config(materialized='table') }}

with

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

open_orders as (
    select * from {{ ref('stg_exposure__open_orders') }}
),

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

lost_supply as (
    select * from {{ ref('int_scenarios__lost_supply') }}
),

licence_pace as (
    select * from {{ ref('int_scenarios__licence_pace') }}
),

newly_controlled as (
    select * from {{ ref('int_scenarios__newly_controlled') }}
),

survival as (
    select * from {{ ref('int_licensing__survival') }}
),

curves as (
    select
        data_origin,
        stratum_kind,
        stratum,
        as_of_date,
    from survival
    where clock = 'calendar_days' and stratum_kind in ('all', 'material')
    group by data_origin, stratum_kind, stratum, as_of_date
    qualify as_of_date = max(as_of_date) over (partition by data_origin)
),

-- Only an own graph may see an own register; without one it has the synthetic curves, too.
registers as (
    select
        graph_origins.data_origin,
        max_by(curves.data_origin, curves.data_origin = 'own') as curve_origin,
        max_by(curves.as_of_date, curves.data_origin = 'own') as curve_as_of_date,
    from (select distinct data_origin from stock_use) as graph_origins
    inner join curves
        on
            curves.stratum_kind = 'all'
            and (curves.data_origin = 'synthetic' or graph_origins.data_origin = 'own')
    group by graph_origins.data_origin
),

-- Days count from the reading of the stock. What was read of an order holds until the stock was.
orders as (
    select
        stock_use.position_number,
        cast(
            row_number() over (
                order by open_orders.data_origin, open_orders.graph_id, open_orders.order_id
            ) as integer
        ) as order_number,
        open_orders.data_origin,
        open_orders.graph_id,
        open_orders.order_id,
        open_orders.part_id,
        open_orders.supplier_site_id,
        open_orders.licence_status,
        lower(trim(open_orders.licence_material)) as licence_material,
        lower(trim(parts.material)) as part_material,
        parts.product_code,
        suppliers.country_code as exporter_iso3,
        sites.country_code as destination_iso3,
        open_orders.quantity,
        open_orders.transit_days,
        open_orders.promised_date,
        coalesce(stock_use.as_of_date, open_orders.as_of_date) as first_date,
        greatest(
            open_orders.as_of_date, coalesce(stock_use.as_of_date, open_orders.as_of_date)
        ) as asked_date,
        open_orders.licence_accepted_date,
    from open_orders
    inner join stock_use
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    left join parts
        using (data_origin, graph_id, part_id)
    left join sites
        using (data_origin, graph_id, site_id)
    left join sites as suppliers
        on
            open_orders.data_origin = suppliers.data_origin
            and open_orders.graph_id = suppliers.graph_id
            and open_orders.supplier_site_id = suppliers.site_id
),

-- Goods leave their country a transit before the promised day; the control bears on that.
controlled as (
    select
        newly_controlled.scenario_id,
        orders.position_number,
        orders.order_number,
        min(newly_controlled.valid_from) as control_from,
        case
            when bool_and(newly_controlled.valid_to is not null)
                then max(newly_controlled.valid_to)
        end as control_to,
    from orders
    inner join newly_controlled
        on
            orders.product_code = newly_controlled.product_code
            and case length(orders.product_code) when 6 then 'HS' else 'CN' end
            = newly_controlled.nomenclature_family
            and orders.exporter_iso3 = newly_controlled.exporter_iso3
            and orders.destination_iso3 = newly_controlled.destination_iso3
    where
        orders.licence_status = 'none_needed'
        and orders.promised_date > orders.asked_date
        and orders.promised_date - coalesce(orders.transit_days, 0) >= newly_controlled.valid_from
        and (
            newly_controlled.valid_to is null
            or orders.promised_date - coalesce(orders.transit_days, 0) < newly_controlled.valid_to
        )
    group by newly_controlled.scenario_id, orders.position_number, orders.order_number
),

hit as (
    select distinct
        lost_supply.scenario_id,
        orders.position_number,
    from orders
    inner join lost_supply
        on
            orders.data_origin = lost_supply.graph_origin
            and orders.graph_id = lost_supply.graph_id
            and orders.part_id = lost_supply.part_id
            and orders.supplier_site_id = lost_supply.site_id
),

slowed as (
    select distinct
        licence_pace.scenario_id,
        orders.position_number,
    from orders
    inner join licence_pace
        on
            licence_pace.stratum_kind = 'all'
            or lower(trim(licence_pace.stratum)) = orders.licence_material
    where orders.licence_status in ('pending', 'not_filed')
),

-- A scenario that bears on one order of a position is computed for all orders of it.
bearing as (
    select
        scenario_id,
        position_number,
    from hit
    union
    select
        scenario_id,
        position_number,
    from slowed
    union
    select
        scenario_id,
        position_number,
    from controlled
),

by_scenario as (
    select
        'base' as scenario_id,
        orders.*,
    from orders
    union all
    select
        bearing.scenario_id,
        orders.*,
    from orders
    inner join bearing
        on orders.position_number = bearing.position_number
),

licensed as (
    select
        by_scenario.*,
        controlled.order_number is not null as is_newly_controlled,
        by_scenario.licence_status in ('pending', 'not_filed')
        or controlled.order_number is not null as needs_licence,
        case
            when controlled.order_number is not null
                then coalesce(by_scenario.licence_material, by_scenario.part_material)
            else by_scenario.licence_material
        end as material,
        case
            when by_scenario.licence_status = 'pending'
                then cast(by_scenario.asked_date - by_scenario.licence_accepted_date as integer)
        end as waited_days,
        greatest(by_scenario.asked_date, controlled.control_from) as start_date,
        controlled.control_to,
    from by_scenario
    left join controlled
        on
            by_scenario.scenario_id = controlled.scenario_id
            and by_scenario.order_number = controlled.order_number
),

with_curve as (
    select
        licensed.*,
        licensed.needs_licence
        and licensed.transit_days is not null
        and registers.curve_origin is not null as has_licence_draw,
        registers.curve_origin,
        registers.curve_as_of_date,
        case when curves.stratum is not null then 'material' else 'all' end as curve_stratum_kind,
        coalesce(curves.stratum, 'all') as curve_stratum,
        coalesce(material_pace.pace_factor, all_pace.pace_factor, 1) as pace_factor,
        coalesce(material_pace.valid_from, all_pace.valid_from, licensed.start_date) as pace_from,
    from licensed
    left join registers
        on licensed.needs_licence and licensed.data_origin = registers.data_origin
    left join curves
        on
            registers.curve_origin = curves.data_origin
            and curves.stratum_kind = 'material'
            and licensed.material = curves.stratum
    left join licence_pace as material_pace
        on
            licensed.scenario_id = material_pace.scenario_id
            and material_pace.stratum_kind = 'material'
            and licensed.material = lower(trim(material_pace.stratum))
    left join licence_pace as all_pace
        on
            licensed.scenario_id = all_pace.scenario_id
            and all_pace.stratum_kind = 'all'
),

final as (
    select
        scenario_id,
        position_number,
        order_number,
        case
            when has_licence_draw
                then
                    cast(
                        dense_rank() over (
                            order by
                                has_licence_draw desc, curve_origin, curve_stratum_kind,
                                curve_stratum, waited_days
                        ) as integer
                    )
        end as wait_number,
        data_origin,
        graph_id,
        part_id,
        supplier_site_id,
        curve_origin,
        curve_stratum_kind,
        curve_stratum,
        quantity,
        pace_factor,
        waited_days,
        transit_days,
        cast(promised_date - first_date as integer) as promised_day,
        cast(start_date - first_date as integer) as start_day,
        cast(pace_from - first_date as integer) as pace_from_day,
        cast(control_to - first_date as integer) as control_end_day,
        cast(
            2 + {{ cover_number("graph_id || '|' || order_id", 0) }} % ({{ cover_draws() }} - 3)
            as integer
        ) as draw_multiplier,
        cast(
            {{ cover_number("graph_id || '|' || order_id", 1) }} % {{ cover_draws() }} as integer
        ) as draw_shift,
        needs_licence,
        coalesce(promised_date > asked_date, false) as has_date_to_come,
        has_licence_draw,
        first_date,
        curve_as_of_date,
    from with_curve
)

select * from final
