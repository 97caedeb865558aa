with

orders as (select * from {{ ref('stg_exposure__open_orders') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),
newly_controlled as (select * from {{ ref('int_scenarios__newly_controlled') }}),

unlicensed_orders as (
    select *
    from orders
    where licence_status = 'none_needed'
),

-- Goods that leave before they are controlled (a transit before the promised day) need no
-- licence; without a promised day they may, and count as those that do.
final as (
    select
        newly_controlled.scenario_id,
        newly_controlled.scenario_origin,
        unlicensed_orders.data_origin as graph_origin,
        unlicensed_orders.graph_id,
        unlicensed_orders.order_id,
        any_value(unlicensed_orders.licence_material) as licence_material,
        min(newly_controlled.valid_from) as controlled_from,
        case
            when bool_and(newly_controlled.valid_to is not null)
                then max(newly_controlled.valid_to)
        end as controlled_to,
    from unlicensed_orders
    inner join sites as suppliers
        on
            unlicensed_orders.data_origin = suppliers.data_origin
            and unlicensed_orders.graph_id = suppliers.graph_id
            and unlicensed_orders.supplier_site_id = suppliers.site_id
    inner join sites as buyers
        on
            unlicensed_orders.data_origin = buyers.data_origin
            and unlicensed_orders.graph_id = buyers.graph_id
            and unlicensed_orders.site_id = buyers.site_id
    inner join parts
        on
            unlicensed_orders.data_origin = parts.data_origin
            and unlicensed_orders.graph_id = parts.graph_id
            and unlicensed_orders.part_id = parts.part_id
    inner join newly_controlled
        on
            suppliers.country_code = newly_controlled.exporter_iso3
            and buyers.country_code = newly_controlled.destination_iso3
            and parts.product_code = newly_controlled.product_code
            and case length(parts.product_code) when 6 then 'HS' else 'CN' end
            = newly_controlled.nomenclature_family
            and (
                unlicensed_orders.promised_date is null
                or unlicensed_orders.promised_date - coalesce(unlicensed_orders.transit_days, 0)
                >= newly_controlled.valid_from
            )
            and (
                unlicensed_orders.promised_date is null
                or newly_controlled.valid_to is null
                or unlicensed_orders.promised_date - coalesce(unlicensed_orders.transit_days, 0)
                < newly_controlled.valid_to
            )
    group by all
)

select * from final
