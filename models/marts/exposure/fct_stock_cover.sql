with

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

cover_orders as (
    select * from {{ ref('int_exposure__cover_orders') }}
),

cover as (
    select * from {{ ref('int_exposure__cover') }}
),

scenarios as (
    select * from {{ ref('int_scenarios__scenarios') }}
),

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

order_counts as (
    select
        scenario_id,
        position_number,
        max(curve_origin) as licence_curve_origin,
        count(*) as open_orders,
        count(*) filter (where needs_licence) as licences_awaited,
        count(*) filter (where has_date_to_come) as dated_orders,
        count(*) filter (
            where case when needs_licence then has_licence_draw else has_date_to_come end
        ) as drawn_orders,
    from cover_orders
    group by scenario_id, position_number
),

cases as (
    select
        unnest(
            ['nothing_arrives', 'orders_as_planned', 'licences_at_quantiles', 'licences_at_p90']
        ) as arrivals_case
),

-- A scenario that bears on no order of a position is the base there.
answered as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        stock_use.*,
        cases.arrivals_case,
        case when of_scenario.position_number is null then 'base' else scenarios.scenario_id end
            as answering_scenario_id,
    from stock_use
    cross join scenarios
    cross join cases
    left join order_counts as of_scenario
        on
            scenarios.scenario_id = of_scenario.scenario_id
            and stock_use.position_number = of_scenario.position_number
),

final as (
    select
        answered.scenario_id,
        {{ graph_data_origin('answered.data_origin', 'answered.scenario_origin') }} as data_origin,
        answered.data_origin as graph_origin,
        answered.graph_id,
        answered.site_id,
        answered.part_id,
        answered.quantity_basis,
        answered.arrivals_case,
        sites.site_name,
        parts.part_name,
        parts.material,
        answered.status,
        answered.reason,
        case
            when starts_with(answered.arrivals_case, 'licences_')
                then order_counts.licence_curve_origin
        end as licence_curve_origin,
        answered.quantity,
        {{ significant(cover_median('answered.daily_uses')) }} as daily_use,
        cast(answered.use_months as integer) as use_months,
        cast(coalesce(order_counts.open_orders, 0) as integer) as open_orders,
        cast(coalesce(order_counts.licences_awaited, 0) as integer) as licences_awaited,
        cast(
            coalesce(order_counts.open_orders, 0)
            - case answered.arrivals_case
                when 'nothing_arrives' then 0
                when 'orders_as_planned' then coalesce(order_counts.dated_orders, 0)
                else coalesce(order_counts.drawn_orders, 0)
            end as integer
        ) as orders_left_out,
        cast(answered.orders_in_other_basis as integer) as orders_in_other_basis,
        {%- for level in ['p10', 'p50', 'p90'] %}
        {{ significant('cover.days_of_cover_' ~ level) }} as days_of_cover_{{ level }},
        {%- endfor %}
        case
            when answered.status = 'no_use' then 1
            else {{ significant(
                '1 - cover.draws_with_stock_out / ' ~ cover_draws() ~ '.0::double'
            ) }}
        end as share_of_draws_without_stock_out,
        answered.answering_scenario_id = 'base' as is_as_base,
        {%- for level in ['p10', 'p50', 'p90'] %}
        {{ stock_out_date('answered.as_of_date', 'cover.days_of_cover_' ~ level) }}
            as stock_out_date_{{ level }},
        {%- endfor %}
        answered.as_of_date,
    from answered
    left join cover
        on
            answered.answering_scenario_id = cover.scenario_id
            and answered.position_number = cover.position_number
            and answered.arrivals_case = cover.arrivals_case
    left join order_counts
        on
            answered.answering_scenario_id = order_counts.scenario_id
            and answered.position_number = order_counts.position_number
    left join sites
        on
            answered.data_origin = sites.data_origin
            and answered.graph_id = sites.graph_id
            and answered.site_id = sites.site_id
    left join parts
        on
            answered.data_origin = parts.data_origin
            and answered.graph_id = parts.graph_id
            and answered.part_id = parts.part_id
)

select * from final
order by
    scenario_id, data_origin, graph_origin, graph_id, site_id, part_id, quantity_basis,
    arrivals_case
