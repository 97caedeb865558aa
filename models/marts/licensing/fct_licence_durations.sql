with

exit_counts as (select * from {{ ref('int_licensing__exit_counts') }}),
curves as (select * from {{ ref('int_licensing__survival') }}),

kept_out as (
    select
        data_origin,
        cast(coalesce(max(missing_row_count), 0) as bigint) as missing_row_count,
    from {{ ref('int_licensing__cases') }}
    group by data_origin
),

-- Every stratum, also one of which no case is accepted yet.
strata as (
    select
        data_origin,
        as_of_date,
        clock,
        stratum_kind,
        stratum,
        cast(coalesce(sum(entered), 0) as bigint) as n,
        cast(sum(decided) as bigint) as n_events,
        cast(sum(censored) as bigint) as n_censored,
        cast(sum(not_accepted) as bigint) as n_not_accepted,
        cast(sum(not_followed) as bigint) as n_not_followed,
    from exit_counts
    group by all
),

cumulated as (
    select
        *,
        sum(decided) over (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum order by day
        ) as decided_to_day,
        sum(decided) over (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
        ) as decided_in_all,
    from curves
),

summed as (
    select
        data_origin,
        as_of_date,
        clock,
        stratum_kind,
        stratum,
        max(day) as max_follow_up_days,
        {{ first_day_at_or_below('survival', 0.5) }} as median_days,
        {{ first_day_at_or_below('survival_low', 0.5) }} as median_low,
        {{ first_day_at_or_below('survival_high', 0.5) }} as median_high,
        {{ first_day_at_or_below('survival', 0.1) }} as p90_days,
        {{ first_day_at_or_below('survival_low', 0.1) }} as p90_low,
        {{ first_day_at_or_below('survival_high', 0.1) }} as p90_high,
        -- What a median of the decided cases alone would be.
        min(day) filter (where 2 * decided_to_day >= decided_in_all and decided_to_day > 0)
            as decided_only_median_days,
        min(survival) as last_survival,
        min(survival) filter (where day <= 45) as survival_at_45,
        arg_max(survival_low, day) filter (where day <= 45) as survival_low_at_45,
        arg_max(survival_high, day) filter (where day <= 45) as survival_high_at_45,
    from cumulated
    group by all
),

-- A restricted mean compares only up to a day that every stratum of the kind has been watched to.
horizons as (
    select
        *,
        min(max_follow_up_days) over (
            partition by data_origin, as_of_date, clock, stratum_kind
        ) as restricted_mean_horizon_days,
        clock = 'working_days' and (max_follow_up_days >= 45 or last_survival = 0)
            as is_known_at_45,
    from summed
),

restricted_means as (
    select
        curves.data_origin,
        curves.as_of_date,
        curves.clock,
        curves.stratum_kind,
        curves.stratum,
        sum(
            curves.previous_survival * (
                least(curves.day, horizons.restricted_mean_horizon_days)
                - least(curves.previous_day, horizons.restricted_mean_horizon_days)
            )
        ) as restricted_mean_days,
    from curves
    inner join horizons
        using (data_origin, as_of_date, clock, stratum_kind, stratum)
    group by all
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        clock,
        {{ days_text('horizons.median_days', 'horizons.max_follow_up_days') }} as median_text,
        {{ days_text('horizons.p90_days', 'horizons.max_follow_up_days') }} as p90_text,
        strata.n,
        strata.n_events,
        strata.n_censored,
        strata.n_not_accepted,
        strata.n_not_followed,
        kept_out.missing_row_count,
        cast(horizons.median_days as integer) as median_days,
        cast(horizons.median_low as integer) as median_low,
        cast(horizons.median_high as integer) as median_high,
        cast(horizons.p90_days as integer) as p90_days,
        cast(horizons.p90_low as integer) as p90_low,
        cast(horizons.p90_high as integer) as p90_high,
        {{ significant('restricted_means.restricted_mean_days') }} as restricted_mean_days,
        cast(horizons.restricted_mean_horizon_days as integer) as restricted_mean_horizon_days,
        {{ significant('1 - if(horizons.is_known_at_45, horizons.survival_at_45, null)') }}
            as share_decided_by_45,
        {{ significant('1 - if(horizons.is_known_at_45, horizons.survival_high_at_45, null)') }}
            as share_decided_by_45_low,
        {{ significant('1 - if(horizons.is_known_at_45, horizons.survival_low_at_45, null)') }}
            as share_decided_by_45_high,
        cast(horizons.decided_only_median_days as integer) as decided_only_median_days,
        cast(horizons.decided_only_median_days - horizons.median_days as integer)
            as decided_only_bias_days,
        cast(horizons.max_follow_up_days as integer) as max_follow_up_days,
        horizons.median_days is not null as is_median_reached,
        horizons.p90_days is not null as is_p90_reached,
        as_of_date,
    from strata
    inner join kept_out
        using (data_origin)
    left join horizons
        using (data_origin, as_of_date, clock, stratum_kind, stratum)
    left join restricted_means
        using (data_origin, as_of_date, clock, stratum_kind, stratum)
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, clock
