with

curves as (select * from {{ ref('int_licensing__survival') }}),

waits as (
    select unnest([30, 45, 60, 90, 120]) as waiting_days
),

-- The curve on the day up to which a case has waited.
waited as (
    select
        curves.data_origin,
        curves.as_of_date,
        curves.clock,
        curves.stratum_kind,
        curves.stratum,
        waits.waiting_days,
        max(curves.day) as max_follow_up_days,
        min(curves.survival) filter (where curves.day <= waits.waiting_days)
            as survival_after_wait,
        arg_max(
            curves.at_risk - curves.decided - curves.censored, curves.day
        ) filter (where curves.day <= waits.waiting_days) as n_waiting,
    from curves
    cross join waits
    group by all
),

-- Of those who have waited so long, half (a tenth) is left where the curve is at half (a tenth)
-- of what it was then.
remaining as (
    select
        waited.data_origin,
        waited.as_of_date,
        waited.clock,
        waited.stratum_kind,
        waited.stratum,
        waited.waiting_days,
        {{ first_day_at_or_below('curves.survival', '0.5 * waited.survival_after_wait') }}
        - waited.waiting_days as p50_remaining_days,
        {{ first_day_at_or_below('curves.survival', '0.1 * waited.survival_after_wait') }}
        - waited.waiting_days as p90_remaining_days,
    from waited
    inner join curves
        using (data_origin, as_of_date, clock, stratum_kind, stratum)
    where waited.survival_after_wait > 0 and curves.day > waited.waiting_days
    group by
        waited.data_origin,
        waited.as_of_date,
        waited.clock,
        waited.stratum_kind,
        waited.stratum,
        waited.waiting_days
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        clock,
        case
            when remaining.waiting_days is null then 'nobody watched so long'
            else
                {{ days_text(
                    'remaining.p50_remaining_days',
                    '(waited.max_follow_up_days - waited.waiting_days)'
                ) }}
        end as p50_remaining_text,
        case
            when remaining.waiting_days is null then 'nobody watched so long'
            else
                {{ days_text(
                    'remaining.p90_remaining_days',
                    '(waited.max_follow_up_days - waited.waiting_days)'
                ) }}
        end as p90_remaining_text,
        waiting_days,
        waited.n_waiting,
        {{ significant('waited.survival_after_wait') }} as survival_after_wait,
        cast(remaining.p50_remaining_days as integer) as p50_remaining_days,
        cast(remaining.p90_remaining_days as integer) as p90_remaining_days,
        as_of_date,
    from waited
    left join remaining
        using (data_origin, as_of_date, clock, stratum_kind, stratum, waiting_days)
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, clock, waiting_days
