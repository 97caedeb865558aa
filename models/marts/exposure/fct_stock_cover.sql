with

stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
cover_orders as (select * from {{ ref('int_exposure__cover_orders') }}),
cover_cases as (select * from {{ ref('int_exposure__cover_cases') }}),
cover as (select * from {{ ref('int_exposure__cover') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),

order_counts as (
    select
        scenario_id,
        position_number,
        max(curve_origin) filter (where has_curve) as licence_curve_origin,
        string_agg(distinct stratum, '; ' order by stratum) filter (where has_curve)
            as licence_strata,
        min(decided_cases) as licence_decided_cases,
        bool_or(stratum_kind = 'all' and licence_material is not null) filter (where has_curve)
            as is_wider_licence_stratum,
        count(*) as open_orders,
        count(*) filter (where needs_licence) as licences_awaited,
        count(*) filter (where has_date_to_come) as dated_orders,
        count(*) filter (
            where case when needs_licence then has_licence_draw else has_date_to_come end
        ) as drawn_orders,
    from cover_orders
    group by scenario_id, position_number
),

final as (
    select
        cover_cases.scenario_id,
        {{ graph_data_origin('stock_use.data_origin', 'cover_cases.scenario_origin') }}
            as data_origin,
        stock_use.data_origin as graph_origin,
        stock_use.graph_id,
        stock_use.site_id,
        stock_use.part_id,
        stock_use.quantity_basis,
        cover_cases.arrivals_case,
        sites.site_name,
        parts.part_name,
        parts.material,
        stock_use.status,
        stock_use.reason,
        case
            when starts_with(cover_cases.arrivals_case, 'licences_')
                then order_counts.licence_curve_origin
        end as licence_curve_origin,
        case
            when starts_with(cover_cases.arrivals_case, 'licences_')
                then order_counts.licence_strata
        end as licence_strata,
        stock_use.quantity,
        {{ significant(
            '(stock_use.daily_uses[(len(stock_use.daily_uses) + 1) // 2]
            + stock_use.daily_uses[len(stock_use.daily_uses) // 2 + 1]) / 2'
        ) }} as daily_use,
        cast(stock_use.use_months as integer) as use_months,
        cast(coalesce(order_counts.open_orders, 0) as integer) as open_orders,
        cast(coalesce(order_counts.licences_awaited, 0) as integer) as licences_awaited,
        cast(
            coalesce(order_counts.open_orders, 0)
            - case cover_cases.arrivals_case
                when 'nothing_arrives' then 0
                when 'orders_as_planned' then coalesce(order_counts.dated_orders, 0)
                else coalesce(order_counts.drawn_orders, 0)
            end as integer
        ) as orders_left_out,
        cast(stock_use.orders_in_other_basis as integer) as orders_in_other_basis,
        case
            when starts_with(cover_cases.arrivals_case, 'licences_')
                then cast(order_counts.licence_decided_cases as integer)
        end as licence_decided_cases,
        {%- for level in ['p10', 'p50', 'p90'] %}
        {{ significant('cover.days_of_cover_' ~ level) }} as days_of_cover_{{ level }},
        {%- endfor %}
        case
            when stock_use.status = 'no_use' then 1
            else {{ significant(
                '1 - cover.draws_with_stock_out / ' ~ cover_draws() ~ '.0::double'
            ) }}
        end as share_of_draws_without_stock_out,
        cover_cases.answering_scenario_id = 'base' as is_as_base,
        case
            when starts_with(cover_cases.arrivals_case, 'licences_')
                then order_counts.is_wider_licence_stratum
        end as is_wider_licence_stratum,
        {%- for level in ['p10', 'p50', 'p90'] %}
        case
            when cover.days_of_cover_{{ level }} < 36525
                then
                    stock_use.as_of_date
                    + cast(floor(cover.days_of_cover_{{ level }}) as integer)
        end as stock_out_date_{{ level }},
        {%- endfor %}
        stock_use.as_of_date,
    from cover_cases
    inner join stock_use
        on cover_cases.position_number = stock_use.position_number
    left join cover
        on cover_cases.run_number = cover.run_number
    left join order_counts
        on
            cover_cases.answering_scenario_id = order_counts.scenario_id
            and cover_cases.position_number = order_counts.position_number
    left join sites
        using (data_origin, graph_id, site_id)
    left join parts
        using (data_origin, graph_id, part_id)
)

select * from final
order by
    scenario_id, data_origin, graph_origin, graph_id, site_id, part_id, quantity_basis,
    arrivals_case
