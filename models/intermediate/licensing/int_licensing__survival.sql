with

exit_counts as (select * from {{ ref('int_licensing__exit_counts') }}),

estimated as (
    select
        *,
        {{ kaplan_meier('decided', 'at_risk', 'curve') }} as survival,
        {{ greenwood_sum('decided', 'at_risk', 'curve') }} as greenwood,
    from exit_counts
    where day is not null
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day
            rows between unbounded preceding and current row
        )
),

preceded as (
    select
        *,
        lag(day, 1, 0) over curve as previous_day,
        lag(survival, 1, 1) over curve as previous_survival,
    from estimated
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day
        )
),

final as (
    select
        preceded.* exclude (not_accepted, not_followed, greenwood),
        {{ log_log_bound('survival', 'greenwood', 1) }} as survival_low,
        {{ log_log_bound('survival', 'greenwood', -1) }} as survival_high,
        survival * survival * greenwood as survival_variance,
        {{ aalen_johansen('approved', 'curve') }} as approved_incidence,
        {{ aalen_johansen('refused', 'curve') }} as refused_incidence,
        {{ aalen_johansen('withdrawn', 'curve') }} as withdrawn_incidence,
        {{ aalen_johansen('expired', 'curve') }} as expired_incidence,
    from preceded
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day
            rows between unbounded preceding and current row
        )
)

select * from final
