-- One row per scenario assumed by the day and figure, with its difference from the base. Scenarios
-- are assumptions, not forecasts.
with

scenarios as (
    select *
    from marts.dim_scenario
    where coalesce(assumed_on <= getvariable('as_of'), true)
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
                getvariable('as_of'), getvariable('as_of'), scenario := scenarios.scenario_id
            )
    ) as of_the_day
    where of_the_day.claim_group = 'base'
    group by scenarios.scenario_id
),

figures as (
    select
        scenario_id,
        unnest([1, 2]) as metric_rank,
        'law' as data_origin,
        cast(unnest([in_force, unclear]) as double) as metric_value,
    from clauses
    union all
    select
        scenario_id,
        3 as metric_rank,
        register_origin as data_origin,
        months_to_clear as metric_value,
    from marts.fct_licence_queue
    where stratum_kind = 'all'
    union all
    select
        scenario_id,
        4 as metric_rank,
        graph_origin as data_origin,
        cast(count(*) filter (stock_out_date_p50 <= as_of_date + 90) as double) as metric_value,
    from marts.fct_stock_cover
    where arrivals_case = 'licences_at_quantiles' and status = 'known'
    group by scenario_id, graph_id, graph_origin
)

select
    figures.*,
    [
        'Clauses in force',
        'Clauses whose relief ran out without a later act',
        'Time until the licence queue is cleared',
        'Stock positions that run out within 90 days',
    ][figures.metric_rank] as metric,
    ['clauses', 'clauses', 'months', 'positions'][figures.metric_rank] as unit,
    scenarios.title as scenario_title,
    scenarios.scenario_description,
    figures.metric_value - max(figures.metric_value) filter (figures.scenario_id = 'base') over (
        partition by figures.metric_rank, figures.data_origin
    ) as difference,
    scenarios.assumed_on,
from figures
inner join scenarios using (scenario_id)
order by figures.metric_rank, figures.data_origin, scenario_id <> 'base', scenario_title;
