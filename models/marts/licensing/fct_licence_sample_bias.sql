with

durations as (
    select * from {{ ref('fct_licence_durations') }}
),

truth as (
    select * from {{ ref('stg_licensing__sample_truth') }}
),

-- The truth is that of the bundled sample: another sample has other numbers of cases.
compared as (
    select
        durations.data_origin,
        durations.stratum_kind,
        durations.stratum,
        durations.n,
        durations.n_censored,
        durations.decided_only_median_days,
        durations.median_days,
        durations.median_low,
        durations.median_high,
        truth.true_median_days,
        durations.p90_days,
        durations.p90_low,
        durations.p90_high,
        truth.true_p90_days,
        durations.as_of_date,
    from durations
    left join truth
        on
            durations.stratum_kind = truth.stratum_kind
            and durations.stratum = truth.stratum
            and durations.n + durations.n_not_followed = truth.case_count
    -- No truth is kept by quarter of acceptance.
    where
        durations.data_origin = 'synthetic'
        and durations.clock = 'calendar_days'
        and durations.stratum_kind <> 'accepted_quarter'
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        n,
        n_censored,
        true_median_days,
        median_days,
        median_low,
        median_high,
        decided_only_median_days,
        median_days - true_median_days as censored_error_days,
        decided_only_median_days - true_median_days as decided_only_error_days,
        true_p90_days,
        p90_days,
        p90_days - true_p90_days as p90_error_days,
        true_median_days >= median_low and (median_high is null or true_median_days <= median_high)
            as is_true_median_in_interval,
        true_p90_days >= p90_low and (p90_high is null or true_p90_days <= p90_high)
            as is_true_p90_in_interval,
        as_of_date,
    from compared
)

select * from final
order by stratum_kind, stratum
