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

clauses as (
    select
        scenarios.scenario_id,
        scenarios.data_origin,
        count(*) filter (where of_the_day.state = 'in_force') as in_force,
        count(*) filter (where of_the_day.state in ('lapsed_presumed', 'unknown')) as unclear,
    from scenarios
    cross join lateral (
        select states.*
        from {{ ref('rpt_measure_state') }}(
            current_date, current_date, scenario := scenarios.scenario_id
        ) as states
    ) as of_the_day
    where of_the_day.claim_group = 'base'
    group by scenarios.scenario_id, scenarios.data_origin
),

unioned as (
    select
        scenario_id,
        1 as metric_rank,
        'Clauses in force today' as metric,
        cast(in_force as double) as metric_value,
        data_origin,
    from clauses
    union all
    select
        scenario_id,
        2 as metric_rank,
        'Clauses that may be in force today: relief ran out, no act says so' as metric,
        cast(unclear as double) as metric_value,
        data_origin,
    from clauses
    union all
    select
        scenario_id,
        3 as metric_rank,
        'Months until the licence queue is cleared (' || register_origin || ' register)' as metric,
        months_to_clear as metric_value,
        data_origin,
    from licence_queue
    where stratum_kind = 'all'
    union all
    select
        scenario_id,
        4 as metric_rank,
        'Stock positions out within 90 days of their reading (' || graph_id || ', '
        || graph_origin || ')' as metric,
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
