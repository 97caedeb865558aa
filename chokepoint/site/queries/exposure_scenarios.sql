-- One row per scenario assumed by the day and figure, with its difference from the base. Scenarios
-- are assumptions, not forecasts.
with

scenarios as (
    select *
    from marts.dim_scenario
    where coalesce(assumed_on <= cast(getvariable('as_of') as date), true)
),

clauses as (
    select
        scenarios.scenario_id,
        count(*) filter (where of_the_day.state = 'in_force') as in_force,
        count(*) filter (where of_the_day.state in ('lapsed_presumed', 'unknown')) as unclear,
    from scenarios
    cross join lateral (
        from
            reports.measure_state(
                cast(getvariable('as_of') as date),
                cast(getvariable('as_of') as date),
                scenario := scenarios.scenario_id
            )
    ) as of_the_day
    where of_the_day.claim_group = 'base'
    group by scenarios.scenario_id
),

figures as (
    select
        scenario_id,
        unnest([1, 2]) as metric_rank,
        unnest(['Clauses in force', 'Clauses whose relief ran out without a later act']) as metric,
        'clauses' as unit,
        'law' as data_origin,
        cast(unnest([in_force, unclear]) as double) as metric_value,
    from clauses
    union all
    select
        scenario_id,
        3 as metric_rank,
        'Time until the licence queue is cleared' as metric,
        'months' as unit,
        register_origin as data_origin,
        months_to_clear as metric_value,
    from marts.fct_licence_queue
    where stratum_kind = 'all'
    union all
    select
        scenario_id,
        4 as metric_rank,
        'Stock positions that run out within 90 days' as metric,
        'positions' as unit,
        graph_origin as data_origin,
        cast(
            count(*) filter (where stock_out_date_p50 <= as_of_date + 90) as double
        ) as metric_value,
    from marts.fct_stock_cover
    where arrivals_case = 'licences_at_quantiles' and status = 'known'
    group by scenario_id, graph_id, graph_origin
)

select
    figures.*,
    scenarios.title as scenario_title,
    scenarios.scenario_description,
    figures.metric_value
    - max(case when figures.scenario_id = 'base' then figures.metric_value end) over (
        partition by figures.metric_rank, figures.data_origin
    ) as difference,
    scenarios.assumed_on,
from figures
inner join scenarios
    using (scenario_id)
order by figures.metric_rank, figures.data_origin, figures.scenario_id <> 'base', scenario_title;
