with

cover_orders as (select * from {{ ref('int_exposure__cover_orders') }}),
survival as (select * from {{ ref('int_licensing__survival') }}),

waits as (
    select distinct
        wait_number,
        waited_days,
        curve_origin,
        curve_date,
        stratum_kind,
        stratum,
    from cover_orders
    where has_licence_draw
),

-- An order that has waited has seen the curve up to the end of that day; a new one none of it.
curve_days as (
    select
        waits.wait_number,
        waits.waited_days,
        survival.day,
        survival.survival,
        survival.approved_incidence,
        min(case when waits.waited_days >= survival.day then survival.survival end)
            over (partition by waits.wait_number) as survival_waited,
        max(case when waits.waited_days >= survival.day then survival.approved_incidence end)
            over (partition by waits.wait_number) as approved_waited,
    from waits
    inner join survival
        on
            waits.curve_origin = survival.data_origin
            and waits.curve_date = survival.as_of_date
            and waits.stratum_kind = survival.stratum_kind
            and waits.stratum = survival.stratum
            and survival.clock = 'calendar_days'
),

days_to_come as (
    select
        wait_number,
        greatest(day - coalesce(waited_days, 0), 1) as remaining_days,
        survival / coalesce(survival_waited, 1) as survival,
        (approved_incidence - coalesce(approved_waited, 0)) / coalesce(survival_waited, 1)
            as approved_incidence,
    from curve_days
    where
        coalesce(survival_waited, 1) > 0
        and (waited_days is null or waited_days < day)
),

-- How many of the draws' midpoints a curve has reached by a day: (2 * draw + 1) / (2 * draws).
reached as (
    select
        *,
        cast(
            floor({{ cover_draws() }} * (approved_incidence + 1e-12) + 0.5) as integer
        ) as draws_reached,
    from days_to_come
),

first_reached as (
    select
        *,
        lag(draws_reached, 1, 0) over (
            partition by wait_number
            order by remaining_days, approved_incidence
        ) as draws_reached_before,
    from reached
),

drawn as (
    select
        wait_number,
        unnest(range(draws_reached_before, draws_reached)) as draw,
        remaining_days,
    from first_reached
    where draws_reached > draws_reached_before
    union all
    select
        wait_number,
        null as draw,
        min(remaining_days) as remaining_days,
    from days_to_come
    where survival <= 0.1 + 1e-12
    group by wait_number
),

final as (
    select
        wait_number,
        list(remaining_days order by draw) filter (where draw is not null) as drawn_days,
        min(remaining_days) filter (where draw is null) as p90_days,
    from drawn
    group by wait_number
)

select * from final
