with

cover_orders as (select * from {{ ref('int_exposure__cover_orders') }}),
licence_times as (select * from {{ ref('int_exposure__licence_times') }}),
lost_supply as (select * from {{ ref('int_scenarios__lost_supply') }}),

bounds as (
    select
        lost_supply.* exclude (scenario_origin, share_lost, valid_from, valid_to),
        valid_from as bound_date,
    from lost_supply
    union
    select
        lost_supply.* exclude (scenario_origin, share_lost, valid_from, valid_to),
        valid_to as bound_date,
    from lost_supply
    where valid_to is not null
),

stretches as (
    select
        *,
        lead(bound_date) over (
            partition by scenario_id, graph_origin, graph_id, part_id, site_id
            order by bound_date
        ) as next_bound_date,
    from bounds
),

link_losses as (
    select
        stretches.scenario_id,
        stretches.graph_origin,
        stretches.graph_id,
        stretches.part_id,
        stretches.site_id,
        max(lost_supply.share_lost) as share_lost,
        stretches.bound_date as valid_from,
        stretches.next_bound_date as valid_to,
    from stretches
    inner join lost_supply
        using (scenario_id, graph_origin, graph_id, part_id, site_id)
    where
        stretches.bound_date >= lost_supply.valid_from
        and (lost_supply.valid_to is null or stretches.bound_date < lost_supply.valid_to)
    group by all
),

-- Without a draw: the time by which nine in ten are decided.
waiting as (
    select
        cover_orders.*,
        unnest(list_append(range({{ cover_draws() }}), null)) as draw,
        licence_times.drawn_days,
        licence_times.p90_days,
    from cover_orders
    left join licence_times
        on cover_orders.wait_number = licence_times.wait_number
    where cover_orders.has_licence_draw
),

placed as (
    select
        *,
        cast((draw * draw_multiplier + draw_shift) % {{ cover_draws() }} as integer) as place,
    from waiting
),

decided as (
    select
        *,
        case when draw is null then 'licences_at_p90' else 'licences_at_quantiles' end
            as arrivals_case,
        start_day + case when draw is null then p90_days else drawn_days[1 + place] end
            as decided_day,
        greatest(start_day, pace_from_day) as paced_from_day,
    from placed
),

-- Where the pace changes, what is left of the wait is divided by the factor: whole days, counted
-- up. An order arrives a transit after the decision, or after the end of the control if that comes
-- first, and not before the day promised.
arrivals as (
    select
        scenario_id,
        position_number,
        order_number,
        arrivals_case,
        draw,
        quantity,
        greatest(
            least(
                case
                    when decided_day > pace_from_day
                        then
                            paced_from_day
                            + cast(
                                ceil(
                                    (decided_day - paced_from_day) / cast(pace_factor as double)
                                ) as bigint
                            )
                    else decided_day
                end,
                control_end_day
            ) + transit_days,
            promised_day
        ) as arrival_day,
    from decided
    where coalesce(decided_day, control_end_day) is not null
    union all
    select
        scenario_id,
        position_number,
        order_number,
        unnest(
            case
                when needs_licence then ['orders_as_planned']
                else ['orders_as_planned', 'licences_at_quantiles', 'licences_at_p90']
            end
        ) as arrivals_case,
        null as draw,
        quantity,
        promised_day as arrival_day,
    from cover_orders
    where has_date_to_come
),

order_losses as (
    select
        cover_orders.scenario_id,
        cover_orders.order_number,
        link_losses.share_lost,
        link_losses.valid_from - cover_orders.first_date as from_day,
        link_losses.valid_to - cover_orders.first_date as to_day,
    from cover_orders
    inner join link_losses
        on
            cover_orders.scenario_id = link_losses.scenario_id
            and cover_orders.data_origin = link_losses.graph_origin
            and cover_orders.graph_id = link_losses.graph_id
            and cover_orders.part_id = link_losses.part_id
            and cover_orders.supplier_site_id = link_losses.site_id
),

final as (
    select
        arrivals.* exclude (arrivals.quantity),
        cast(
            arrivals.quantity * (1 - coalesce(order_losses.share_lost, 0)) as decimal(38, 12)
        ) as quantity,
    from arrivals
    left join order_losses
        on
            arrivals.scenario_id = order_losses.scenario_id
            and arrivals.order_number = order_losses.order_number
            and arrivals.arrival_day >= order_losses.from_day
            and (order_losses.to_day is null or arrivals.arrival_day < order_losses.to_day)
)

select * from final
