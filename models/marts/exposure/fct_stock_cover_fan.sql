with

stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
cover as (select * from {{ ref('int_exposure__cover') }}),
cover_cases as (select * from {{ ref('int_exposure__cover_cases') }}),

-- A row for each week in which a draw runs out, and for the first one. Where a scenario changes
-- nothing, the rows of the base are its own.
weeks as (
    select
        cover_cases.scenario_id,
        cover_cases.scenario_origin,
        cover_cases.position_number,
        cover_cases.arrivals_case,
        unnest(
            list_distinct(list_append(map_keys(cover.draws_by_week), 0))
        ) as week,
        cover.draws_by_week,
    from cover_cases
    inner join cover
        on cover_cases.run_number = cover.run_number
    where cover_cases.scenario_id = cover_cases.answering_scenario_id
),

counted as (
    select
        weeks.* exclude (draws_by_week),
        sum(coalesce(weeks.draws_by_week[weeks.week], 0)) over (
            partition by weeks.scenario_id, weeks.position_number, weeks.arrivals_case
            order by weeks.week
            rows between unbounded preceding and current row
        ) as draws_out,
    from weeks
    where weeks.week <= 52
),

final as (
    select
        counted.scenario_id,
        {{ graph_data_origin('stock_use.data_origin', 'counted.scenario_origin') }}
            as data_origin,
        stock_use.data_origin as graph_origin,
        stock_use.graph_id,
        stock_use.site_id,
        stock_use.part_id,
        stock_use.quantity_basis,
        counted.arrivals_case,
        counted.week,
        {{ significant('counted.draws_out / ' ~ cover_draws() ~ '.0::double') }}
            as share_of_draws_out,
        stock_use.as_of_date + 7 * counted.week as week_end_date,
    from counted
    inner join stock_use
        on counted.position_number = stock_use.position_number
)

select * from final
order by
    scenario_id, data_origin, graph_origin, graph_id, site_id, part_id, quantity_basis,
    arrivals_case, week
