with

open_cases as (select * from {{ ref('int_cases__open_cases') }}),
stock_outs as (select * from {{ ref('int_cases__stock_outs') }}),
curve_strata as (select * from {{ ref('int_licensing__curve_strata') }}),
survival as (select * from {{ ref('int_licensing__survival') }}),

-- The curve of the material, where enough of its applications are decided, else that of all.
-- Who is not accepted yet has seen none of it.
waits as (
    select
        open_cases.item_number,
        open_cases.data_origin,
        curve_strata.as_of_date,
        curve_strata.stratum_kind,
        curve_strata.stratum,
        case when open_cases.waits_from = 'not_accepted' then -1 else open_cases.days_waited end
            as last_day_seen,
        coalesce(stock_outs.days_low, 0) as days_low,
        coalesce(stock_outs.days_high, cast('inf' as double)) as days_high,
    from open_cases
    inner join curve_strata
        on
            open_cases.data_origin = curve_strata.data_origin
            and curve_strata.is_enough
            and (
                curve_strata.stratum_kind = 'all'
                or open_cases.material = curve_strata.stratum
            )
    left join stock_outs
        on open_cases.item_number = stock_outs.item_number
    where open_cases.decided_date is null
    qualify
        curve_strata.stratum_kind
        = max(curve_strata.stratum_kind) over (partition by open_cases.item_number)
),

-- Beyond the day on which the curve ends at zero it says nothing.
curve_days as (
    select
        waits.*,
        survival.day,
        survival.at_risk - survival.decided - survival.censored as waiting_after,
        survival.survival,
        survival.survival_variance / nullif(survival.survival * survival.survival, 0)
            as greenwood,
        survival.day <= waits.last_day_seen as is_seen,
    from waits
    inner join survival
        on
            waits.data_origin = survival.data_origin
            and waits.as_of_date = survival.as_of_date
            and waits.stratum_kind = survival.stratum_kind
            and waits.stratum = survival.stratum
            and survival.clock = 'calendar_days'
            and survival.previous_survival > 0
),

waited as (
    select
        item_number,
        any_value(stratum_kind) as stratum_kind,
        any_value(stratum) as stratum,
        any_value(days_low) as days_low,
        any_value(days_high) as days_high,
        any_value(greatest(last_day_seen, 0)) as days_waited,
        coalesce(arg_max(survival, day) filter (where is_seen), 1) as survival,
        coalesce(arg_max(greenwood, day) filter (where is_seen), 0) as greenwood,
        coalesce(arg_max(waiting_after, day) filter (where is_seen), arg_min(waiting_after, day))
            as waiting_cases,
    from curve_days
    group by item_number
),

-- The curve of those who have waited as long, and the interval of its own.
conditional as (
    select
        waited.item_number,
        curve_days.day - waited.days_waited as day,
        curve_days.survival / waited.survival as survival,
        greatest(curve_days.greenwood - waited.greenwood, 0) as greenwood,
    from waited
    inner join curve_days
        on waited.item_number = curve_days.item_number
    where not curve_days.is_seen and waited.survival > 0
),

-- Where the last case leaves, the interval shrinks to nothing: the bound of the day before stays.
bounded as (
    select
        item_number,
        day,
        survival,
        {{ log_log_bound('survival', 'greenwood', 1) }} as survival_low,
        case when survival > 0 then {{ log_log_bound('survival', 'greenwood', -1) }} end
            as survival_high,
    from conditional
),

steps as (
    select
        *,
        lag(day, 1, 0) over curve as previous_day,
        lag(survival_low, 1, 1.0) over curve as previous_low,
        lag(survival_high, 1, 1.0) over curve as previous_high,
    from bounded
    window curve as (partition by item_number order by day)
),

summed as (
    select
        waited.item_number,
        min(steps.day) filter (where steps.survival <= 0.5 + 1e-12) as remaining_days_p50,
        min(steps.day) filter (where steps.survival <= 0.1 + 1e-12) as remaining_days_p90,
        coalesce(sum(
            steps.previous_low
            * {{ days_without_stock('steps.previous_day', 'steps.day', 'waited.days_high') }}
        ), 0) as days_lost_low,
        coalesce(sum(
            steps.previous_high
            * {{ days_without_stock('steps.previous_day', 'steps.day', 'waited.days_low') }}
        ), 0) as days_lost_high,
        coalesce(max(steps.day), 0) as last_day,
        coalesce(
            arg_max(coalesce(steps.survival_high, steps.previous_high), steps.day), 1
        ) as last_high,
    from waited
    left join steps
        on waited.item_number = steps.item_number
    group by waited.item_number
),

-- What the curve does not reach: nothing at the least, the last upper bound at the most.
final as (
    select
        waited.item_number,
        waited.stratum_kind,
        waited.stratum,
        cast(waited.waiting_cases as integer) as waiting_cases,
        cast(summed.remaining_days_p50 as integer) as remaining_days_p50,
        cast(summed.remaining_days_p90 as integer) as remaining_days_p90,
        summed.days_lost_low,
        summed.days_lost_high
        + summed.last_high
        * {{ days_without_stock('summed.last_day', var('case_horizon_days'), 'waited.days_low') }}
            as days_lost_high,
        summed.last_day < {{ var('case_horizon_days') }}
        and summed.last_high > 0 as is_beyond_curve,
    from waited
    inner join summed
        on waited.item_number = summed.item_number
)

select * from final
