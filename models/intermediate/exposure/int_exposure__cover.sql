{{ config(materialized='table') }}

with

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

cover_orders as (
    select * from {{ ref('int_exposure__cover_orders') }}
),

licence_times as (
    select * from {{ ref('int_exposure__licence_times') }}
),

lost_supply as (
    select * from {{ ref('int_scenarios__lost_supply') }}
),

known_positions as (
    select
        position_number,
        quantity,
        daily_uses,
    from stock_use
    where status = 'known'
),

draws as (
    select cast(unnest(range({{ cover_draws() }})) as integer) as draw
),

-- One number for a scenario and a position: the base for all of them, others where they bear.
runs as (
    select
        'base' as scenario_id,
        known_positions.position_number,
        known_positions.quantity,
        coalesce(bool_or(cover_orders.needs_licence), false) as needs_licence,
    from known_positions
    left join cover_orders
        on
            cover_orders.scenario_id = 'base'
            and known_positions.position_number = cover_orders.position_number
    group by known_positions.position_number, known_positions.quantity
    union all
    select
        cover_orders.scenario_id,
        cover_orders.position_number,
        known_positions.quantity,
        bool_or(cover_orders.needs_licence) as needs_licence,
    from cover_orders
    inner join known_positions
        on cover_orders.position_number = known_positions.position_number
    where cover_orders.scenario_id <> 'base'
    group by cover_orders.scenario_id, cover_orders.position_number, known_positions.quantity
),

numbered as (
    select
        *,
        cast(row_number() over (order by scenario_id, position_number) as integer) as run_number,
    from runs
),

daily_use as (
    select
        known_positions.position_number,
        draws.draw,
        {{ cover_quantile('known_positions.daily_uses', 'draws.draw') }} as daily_use,
    from known_positions
    cross join draws
),

-- Losses of an order in stretches that do not overlap: the greatest share of each.
losses as (
    select
        cover_orders.scenario_id,
        cover_orders.order_number,
        lost_supply.share_lost,
        lost_supply.valid_from - cover_orders.first_date as from_day,
        coalesce(lost_supply.valid_to - cover_orders.first_date, 2147483647) as to_day,
    from cover_orders
    inner join lost_supply
        on
            cover_orders.scenario_id = lost_supply.scenario_id
            and cover_orders.data_origin = lost_supply.graph_origin
            and cover_orders.graph_id = lost_supply.graph_id
            and cover_orders.part_id = lost_supply.part_id
            and cover_orders.supplier_site_id = lost_supply.site_id
),

loss_bounds as (
    select
        scenario_id,
        order_number,
        from_day as bound_day,
    from losses
    union
    select
        scenario_id,
        order_number,
        to_day as bound_day,
    from losses
),

loss_stretches as (
    select
        *,
        lead(bound_day) over (partition by scenario_id, order_number order by bound_day)
            as next_bound_day,
    from loss_bounds
),

lost_shares as (
    select
        loss_stretches.scenario_id,
        loss_stretches.order_number,
        loss_stretches.bound_day as from_day,
        loss_stretches.next_bound_day as to_day,
        max(losses.share_lost) as share_lost,
    from loss_stretches
    inner join losses
        on
            loss_stretches.scenario_id = losses.scenario_id
            and loss_stretches.order_number = losses.order_number
            and loss_stretches.bound_day >= losses.from_day
            and loss_stretches.bound_day < losses.to_day
    group by
        loss_stretches.scenario_id, loss_stretches.order_number,
        loss_stretches.bound_day, loss_stretches.next_bound_day
),

-- Arrivals on days that are the same in every draw.
fixed_days as (
    select
        cover_orders.scenario_id,
        cover_orders.position_number,
        cover_orders.order_number,
        'orders_as_planned' as arrivals_case,
        cover_orders.quantity,
        cover_orders.promised_day as arrival_day,
    from cover_orders
    where cover_orders.has_date_to_come
    union all
    select
        cover_orders.scenario_id,
        cover_orders.position_number,
        cover_orders.order_number,
        'licences_at_p90' as arrivals_case,
        cover_orders.quantity,
        case
            when cover_orders.needs_licence
                then {{ licensed_arrival_day('licence_times.remaining_days') }}
            else cover_orders.promised_day
        end as arrival_day,
    from cover_orders
    left join licence_times
        on
            licence_times.figure = 'p90_of_decisions'
            and cover_orders.wait_number = licence_times.wait_number
    where
        case
            when cover_orders.needs_licence
                then
                    cover_orders.has_licence_draw
                    and coalesce(licence_times.remaining_days, cover_orders.control_end_day)
                    is not null
            else cover_orders.has_date_to_come
        end
),

fixed_arrivals as (
    select
        numbered.run_number,
        fixed_days.arrivals_case,
        fixed_days.order_number,
        fixed_days.arrival_day,
        {{ quantity_that_arrives('fixed_days', 'lost_shares') }} as quantity,
    from fixed_days
    inner join numbered
        on
            fixed_days.scenario_id = numbered.scenario_id
            and fixed_days.position_number = numbered.position_number
    left join lost_shares
        on
            fixed_days.scenario_id = lost_shares.scenario_id
            and fixed_days.order_number = lost_shares.order_number
            and fixed_days.arrival_day >= lost_shares.from_day
            and fixed_days.arrival_day < lost_shares.to_day
    where numbered.needs_licence or fixed_days.arrivals_case = 'orders_as_planned'
),

fixed_starts as (
    select
        run_number,
        position_number,
        cast(quantity as decimal(38, 12)) as quantity,
        unnest(
            case
                when scenario_id = 'base' and needs_licence
                    then ['nothing_arrives', 'orders_as_planned', 'licences_at_p90']
                when scenario_id = 'base' then ['nothing_arrives', 'orders_as_planned']
                when needs_licence then ['orders_as_planned', 'licences_at_p90']
                else ['orders_as_planned']
            end
        ) as arrivals_case,
    from numbered
),

fixed_stock as (
    select
        fixed_starts.run_number,
        fixed_starts.arrivals_case,
        fixed_starts.position_number,
        0 as order_number,
        0 as arrival_day,
        fixed_starts.quantity,
    from fixed_starts
    union all
    select
        fixed_starts.run_number,
        fixed_starts.arrivals_case,
        fixed_starts.position_number,
        fixed_arrivals.order_number,
        fixed_arrivals.arrival_day,
        fixed_arrivals.quantity,
    from fixed_arrivals
    inner join fixed_starts
        on
            fixed_arrivals.run_number = fixed_starts.run_number
            and fixed_arrivals.arrivals_case = fixed_starts.arrivals_case
),

-- All that has come until a day, and the daily use that it lasts for until the next arrival.
fixed_steps as (
    select
        run_number,
        arrivals_case,
        position_number,
        order_number,
        arrival_day,
        cast(sum(quantity) over step as double) as received,
        cast(sum(quantity) over step as double)
        / lead(arrival_day) over (
            partition by run_number, arrivals_case order by arrival_day, order_number
        ) as bearable_use,
    from fixed_stock
    window
        step as (
            partition by run_number, arrivals_case order by arrival_day, order_number
            rows between unbounded preceding and current row
        )
),

-- The first step that a daily use does not survive is that on which the least of what could be
-- borne so far falls below it.
fixed_falls as (
    select
        *,
        min(coalesce(bearable_use, -1)) over step as least_bearable_use,
        min(bearable_use) over (
            partition by run_number, arrivals_case order by arrival_day, order_number
            rows between unbounded preceding and 1 preceding
        ) as least_bearable_use_before,
    from fixed_steps
    window
        step as (
            partition by run_number, arrivals_case order by arrival_day, order_number
            rows between unbounded preceding and current row
        )
),

fixed_cover as (
    select
        fixed_falls.run_number,
        fixed_falls.arrivals_case,
        case
            when daily_use.daily_use > 0 then fixed_falls.received / daily_use.daily_use
            else cast('inf' as double)
        end as days_of_cover,
    from fixed_falls
    inner join daily_use
        on
            fixed_falls.position_number = daily_use.position_number
            and fixed_falls.least_bearable_use < daily_use.daily_use
            and (
                fixed_falls.least_bearable_use_before is null
                or fixed_falls.least_bearable_use_before >= daily_use.daily_use
            )
),

-- Arrivals with a licence time of their own in each draw; the others come on the day promised.
drawn_days as (
    select
        numbered.run_number,
        draws.draw,
        cover_orders.scenario_id,
        cover_orders.order_number,
        cover_orders.quantity,
        {{ licensed_arrival_day('licence_times.remaining_days') }} as arrival_day,
    from cover_orders
    inner join numbered
        on
            cover_orders.scenario_id = numbered.scenario_id
            and cover_orders.position_number = numbered.position_number
    cross join draws
    left join licence_times
        on
            licence_times.figure = 'draw'
            and cover_orders.wait_number = licence_times.wait_number
            and (draws.draw * cover_orders.draw_multiplier + cover_orders.draw_shift)
            % {{ cover_draws() }} = licence_times.draw
    where
        cover_orders.has_licence_draw
        and coalesce(licence_times.remaining_days, cover_orders.control_end_day) is not null
),

-- Licensed arrivals of a draw one after the other, from the start on; the last stretch has no end.
drawn_stretches as (
    select
        run_number,
        draw,
        arrival_day as from_day,
        sum(quantity) over (
            partition by run_number, draw order by arrival_day, order_number
            rows between unbounded preceding and current row
        ) as received,
        lead(arrival_day) over (
            partition by run_number, draw order by arrival_day, order_number
        ) as to_day,
    from (
        select
            numbered.run_number,
            draws.draw,
            0 as order_number,
            0 as arrival_day,
            cast(0 as decimal(38, 12)) as quantity,
        from numbered
        cross join draws
        where numbered.needs_licence
        union all
        select
            drawn_days.run_number,
            drawn_days.draw,
            drawn_days.order_number,
            drawn_days.arrival_day,
            {{ quantity_that_arrives('drawn_days', 'lost_shares') }} as quantity,
        from drawn_days
        left join lost_shares
            on
                drawn_days.scenario_id = lost_shares.scenario_id
                and drawn_days.order_number = lost_shares.order_number
                and drawn_days.arrival_day >= lost_shares.from_day
                and drawn_days.arrival_day < lost_shares.to_day
    )
),

-- Stock and what comes on the day promised, in the same way, once for all draws.
fixed_in_draws as (
    select
        fixed_stock.run_number,
        fixed_stock.position_number,
        fixed_stock.arrival_day as from_day,
        sum(fixed_stock.quantity) over (
            partition by fixed_stock.run_number
            order by fixed_stock.arrival_day, fixed_stock.order_number
            rows between unbounded preceding and current row
        ) as received,
        lead(fixed_stock.arrival_day) over (
            partition by fixed_stock.run_number
            order by fixed_stock.arrival_day, fixed_stock.order_number
        ) as to_day,
    from fixed_stock
    inner join numbered
        on fixed_stock.run_number = numbered.run_number
    left join cover_orders
        on
            numbered.scenario_id = cover_orders.scenario_id
            and fixed_stock.order_number = cover_orders.order_number
    where
        fixed_stock.arrivals_case = 'orders_as_planned'
        and numbered.needs_licence
        and not coalesce(cover_orders.needs_licence, false)
),

drawn_cover as (
    select
        drawn_stretches.run_number,
        coalesce(
            min(
                cast(drawn_stretches.received + fixed_in_draws.received as double)
                / daily_use.daily_use
            ) filter (
                where
                daily_use.daily_use > 0
                and (
                    least(drawn_stretches.to_day, fixed_in_draws.to_day) is null
                    or daily_use.daily_use
                    > cast(drawn_stretches.received + fixed_in_draws.received as double)
                    / least(drawn_stretches.to_day, fixed_in_draws.to_day)
                )
            ),
            cast('inf' as double)
        ) as days_of_cover,
    from drawn_stretches
    inner join fixed_in_draws
        on
            drawn_stretches.run_number = fixed_in_draws.run_number
            and (
                drawn_stretches.to_day is null
                or drawn_stretches.to_day > fixed_in_draws.from_day
            )
            and (
                fixed_in_draws.to_day is null
                or drawn_stretches.from_day < fixed_in_draws.to_day
            )
    inner join daily_use
        on
            fixed_in_draws.position_number = daily_use.position_number
            and drawn_stretches.draw = daily_use.draw
    group by drawn_stretches.run_number, drawn_stretches.draw
),

summarised as (
    select
        run_number,
        arrivals_case,
        {{ cover_summary() }},
    from fixed_cover
    group by run_number, arrivals_case
    union all
    select
        run_number,
        'licences_at_quantiles' as arrivals_case,
        {{ cover_summary() }},
    from drawn_cover
    group by run_number
),

-- Where no licence is needed the cases with licences are that of the plan; if nothing arrives,
-- a scenario changes nothing.
cases as (
    select
        numbered.scenario_id,
        numbered.position_number,
        numbered.needs_licence,
        numbered.run_number,
        unnest(
            ['nothing_arrives', 'orders_as_planned', 'licences_at_quantiles', 'licences_at_p90']
        ) as arrivals_case,
    from numbered
),

answered as (
    select
        cases.scenario_id,
        cases.position_number,
        cases.arrivals_case,
        case when cases.arrivals_case = 'nothing_arrives' then base.run_number else cases.run_number
        end as answering_run_number,
        case
            when cases.arrivals_case = 'nothing_arrives' or cases.needs_licence
                then cases.arrivals_case
            else 'orders_as_planned'
        end as answering_case,
    from cases
    inner join numbered as base
        on base.scenario_id = 'base' and cases.position_number = base.position_number
),

final as (
    select
        answered.scenario_id,
        answered.position_number,
        answered.arrivals_case,
        case when isfinite(summarised.days_of_cover[1]) then summarised.days_of_cover[1] end
            as days_of_cover_p10,
        case when isfinite(summarised.days_of_cover[2]) then summarised.days_of_cover[2] end
            as days_of_cover_p50,
        case when isfinite(summarised.days_of_cover[3]) then summarised.days_of_cover[3] end
            as days_of_cover_p90,
        summarised.draws_with_stock_out,
        summarised.draws_by_week,
    from answered
    inner join summarised
        on
            answered.answering_run_number = summarised.run_number
            and answered.answering_case = summarised.arrivals_case
)

select * from final
