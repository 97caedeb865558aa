{{ config(materialized='table') }}

with

cover_orders as (
    select * from {{ ref('int_exposure__cover_orders') }}
),

survival as (
    select * from {{ ref('int_licensing__survival') }}
),

waits as (
    select distinct
        wait_number,
        curve_origin,
        curve_as_of_date,
        curve_stratum_kind,
        curve_stratum,
        waited_days,
    from cover_orders
    where has_licence_draw
),

curves as (
    select
        data_origin as curve_origin,
        as_of_date as curve_as_of_date,
        stratum_kind as curve_stratum_kind,
        stratum as curve_stratum,
        day,
        survival,
        approved_incidence,
    from survival
    where clock = 'calendar_days'
),

-- The curve at the end of the day up to which an order has waited; at its start for a new one.
waited as (
    select
        waits.wait_number,
        waits.curve_origin,
        waits.curve_as_of_date,
        waits.curve_stratum_kind,
        waits.curve_stratum,
        waits.waited_days,
        coalesce(min(curves.survival), 1) as survival,
        coalesce(max(curves.approved_incidence), 0) as approved_incidence,
    from waits
    left join curves
        on
            waits.curve_origin = curves.curve_origin
            and waits.curve_as_of_date = curves.curve_as_of_date
            and waits.curve_stratum_kind = curves.curve_stratum_kind
            and waits.curve_stratum = curves.curve_stratum
            and waits.waited_days >= curves.day
    group by
        waits.wait_number, waits.curve_origin, waits.curve_as_of_date, waits.curve_stratum_kind,
        waits.curve_stratum, waits.waited_days
),

days_to_come as (
    select
        waited.wait_number,
        greatest(curves.day - coalesce(waited.waited_days, 0), 1) as remaining_days,
        curves.survival / waited.survival as survival,
        (curves.approved_incidence - waited.approved_incidence) / waited.survival
            as approved_incidence,
    from waited
    inner join curves
        on
            waited.curve_origin = curves.curve_origin
            and waited.curve_as_of_date = curves.curve_as_of_date
            and waited.curve_stratum_kind = curves.curve_stratum_kind
            and waited.curve_stratum = curves.curve_stratum
            and (waited.waited_days is null or waited.waited_days < curves.day)
    where waited.survival > 0
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

p90 as (
    select
        wait_number,
        min(remaining_days) as remaining_days,
    from days_to_come
    where survival <= 0.1 + 1e-12
    group by wait_number
),

final as (
    select
        wait_number,
        'draw' as figure,
        cast(unnest(range(draws_reached_before, draws_reached)) as integer) as draw,
        remaining_days,
    from first_reached
    where draws_reached > draws_reached_before
    union all
    select
        wait_number,
        'p90_of_decisions' as figure,
        null as draw,
        remaining_days,
    from p90
)

select * from final
