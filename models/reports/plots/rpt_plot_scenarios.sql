with

scenarios as (
    select * from {{ ref('dim_scenario') }}
),

licence_queue as (
    select * from {{ ref('fct_licence_queue') }}
),

stock_cover as (
    select * from {{ ref('fct_stock_cover') }}
),

trade as (
    select
        scenarios.scenario_id,
        scenarios.data_origin,
        cast(sum(of_the_day.value_eur_high) as double) / 1e6 as value_meur_high,
    from scenarios
    cross join lateral (
        select under_measures.*
        from {{ ref('rpt_trade_under_measures') }}(
            'EU27', 'CHN', current_date, current_date, scenario := scenarios.scenario_id
        ) as under_measures
    ) as of_the_day
    where of_the_day.state = 'lapsed_presumed' and of_the_day.part_of_product_code is null
    group by scenarios.scenario_id, scenarios.data_origin
),

unioned as (
    select
        scenarios.scenario_id,
        1 as metric_rank,
        'EU27 imports from China whose relief lapsed, unconfirmed; at most, EUR million' as metric,
        coalesce(trade.value_meur_high, 0) as metric_value,
        scenarios.data_origin,
    from scenarios
    left join trade
        on scenarios.scenario_id = trade.scenario_id
    union all
    select
        scenario_id,
        2 as metric_rank,
        'Months until the licence queue is cleared (' || register_origin || ' register)' as metric,
        months_to_clear as metric_value,
        data_origin,
    from licence_queue
    where stratum_kind = 'all'
    union all
    select
        scenario_id,
        3 as metric_rank,
        'Stock positions out within 90 days (' || graph_id || ', ' || graph_origin || ')' as metric,
        cast(
            count(*) filter (where stock_out_date_p50 <= as_of_date + 90) as double
        ) as metric_value,
        data_origin,
    from stock_cover
    where arrivals_case = 'licences_at_quantiles' and status = 'known'
    group by scenario_id, graph_id, graph_origin, data_origin
),

final as (
    select
        unioned.scenario_id,
        scenarios.title as scenario_title,
        unioned.metric,
        unioned.data_origin,
        unioned.metric_rank,
        unioned.metric_value,
        unioned.metric_value
        - max(case when unioned.scenario_id = 'base' then unioned.metric_value end) over (
            partition by unioned.metric
        ) as difference_from_base,
    from unioned
    inner join scenarios
        on unioned.scenario_id = scenarios.scenario_id
)

select * from final
order by metric_rank, metric, scenario_id
