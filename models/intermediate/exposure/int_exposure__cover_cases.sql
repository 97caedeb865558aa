with

stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),
cover_orders as (select * from {{ ref('int_exposure__cover_orders') }}),

cases as (
    select
        unnest(
            ['nothing_arrives', 'orders_as_planned', 'licences_at_quantiles', 'licences_at_p90']
        ) as arrivals_case
),

with_orders as (
    select
        scenario_id,
        position_number,
        bool_or(needs_licence) as needs_licence,
    from cover_orders
    group by scenario_id, position_number
),

-- A scenario that changes no order of a position is the base there.
answered as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        stock_use.position_number,
        coalesce(of_scenario.scenario_id, 'base') as answering_scenario_id,
        coalesce(of_scenario.needs_licence, of_base.needs_licence, false) as needs_licence,
    from scenarios
    cross join stock_use
    left join with_orders as of_scenario
        using (scenario_id, position_number)
    left join with_orders as of_base
        on
            of_base.scenario_id = 'base'
            and stock_use.position_number = of_base.position_number
),

-- If nothing arrives, a scenario changes nothing. Where no licence is needed, the cases with
-- licences are that of the plan.
computed as (
    select
        answered.*,
        cases.arrivals_case,
        case
            when cases.arrivals_case = 'nothing_arrives' then 'base'
            else answered.answering_scenario_id
        end as computed_scenario_id,
        case
            when cases.arrivals_case = 'nothing_arrives' or answered.needs_licence
                then cases.arrivals_case
            else 'orders_as_planned'
        end as computed_case,
    from answered
    cross join cases
),

final as (
    select
        computed.* exclude (needs_licence, computed_scenario_id, computed_case),
        cast(
            dense_rank() over (order by computed_scenario_id, position_number, computed_case)
            as integer
        ) as run_number,
        scenario_id = computed_scenario_id and arrivals_case = computed_case as is_computed,
    from computed
)

select * from final
