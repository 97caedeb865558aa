-- A7: How long does a licence take, for whom, and how much longer after a given wait?
-- One row per data origin and group of applications: all, by material and by route. Pending cases
-- count for as long as they were observed. "> 214" means longer than the 214 days of observation.
-- How much longer one waits is not judged by fewer than ten decisions.
-- The median of decided cases alone is given too, with the bias that it has.
-- Certainty: `bounded`; `open upwards` (the upper bound of the median is not reached); `not
-- reached` (the median is not); `few decided` (under ten); `no curve` (nothing accepted yet); `not
-- in the data`. `synthetic` before it means that the applications are invented and say nothing
-- about the world. Materials are compared in lower case.
-- param: material text 'Material as in the applications; default: all of them'
-- param: route text 'ordinary, general_licence or green_channel; default: all of them'
-- param: waiting_days count 'Days an application has waited already; default: 45'
-- param: clock text 'calendar_days, working_days or stop_clock_days; default: working_days'
-- found in: marts.fct_licence_durations clock=clock
-- short: data_origin, stratum, certainty, clock, median_days, p90_days, n, pending
-- short: decided_by_45_pct, p50_remaining_days
-- first: 'group'
with

asked as (
    select
        lower(trim(cast(getvariable('material') as varchar))) as material,
        cast(getvariable('route') as varchar) as route,
        coalesce(cast(getvariable('waiting_days') as bigint), 45) as waiting_days,
        coalesce(cast(getvariable('clock') as varchar), 'working_days') as clock,
),

durations as (
    select durations.*
    from marts.fct_licence_durations as durations
    inner join asked
        on
            durations.clock = asked.clock
            and durations.stratum = coalesce(
                case durations.stratum_kind
                    when 'material' then asked.material when 'route' then asked.route
                end,
                durations.stratum
            )
    where durations.stratum_kind in ('all', 'material', 'route')
),

-- The part of the curve that lies ahead of an application that has waited so long.
left_after_wait as (
    select
        curves.data_origin,
        curves.as_of_date,
        curves.stratum_kind,
        curves.stratum,
        min(curves.survival) as survival_after_wait,
        arg_max(
            curves.at_risk - curves.approved - curves.refused - curves.withdrawn - curves.expired
            - curves.censored,
            curves.day
        ) as n_waiting,
    from marts.fct_licence_survival as curves
    inner join asked
        on curves.clock = asked.clock and curves.day <= asked.waiting_days
    group by curves.data_origin, curves.as_of_date, curves.stratum_kind, curves.stratum
),

remaining as (
    select
        curves.data_origin,
        curves.as_of_date,
        curves.stratum_kind,
        curves.stratum,
        any_value(left_after_wait.n_waiting) as n_waiting,
        min(curves.day) filter (
            where curves.survival <= (0.5 + 1e-11) * left_after_wait.survival_after_wait
        ) as p50_day,
        min(curves.day) filter (
            where curves.survival <= (0.1 + 1e-11) * left_after_wait.survival_after_wait
        ) as p90_day,
    from marts.fct_licence_survival as curves
    inner join asked
        on curves.clock = asked.clock and curves.day > asked.waiting_days
    inner join left_after_wait
        using (data_origin, as_of_date, stratum_kind, stratum)
    where left_after_wait.n_waiting > 0
    group by curves.data_origin, curves.as_of_date, curves.stratum_kind, curves.stratum
),

outcomes as (
    select
        outcomes.data_origin,
        outcomes.as_of_date,
        outcomes.stratum_kind,
        outcomes.stratum,
        max(outcomes.cumulative_incidence) filter (where outcomes.outcome = 'approved')
            as approved_by_90,
        max(outcomes.cumulative_incidence) filter (where outcomes.outcome = 'refused')
            as refused_by_90,
    from marts.fct_licence_outcomes as outcomes
    inner join asked
        on outcomes.clock = asked.clock
    where outcomes.by_day = 90
    group by outcomes.data_origin, outcomes.as_of_date, outcomes.stratum_kind, outcomes.stratum
),

named as (
    select
        unnest(['material', 'route']) as stratum_kind,
        unnest([material, route]) as stratum,
        clock,
    from asked
),

-- Who was asked for by name and has no applications gets a row that says so.
absent as (
    select named.*
    from named
    anti join durations
        on named.stratum_kind = durations.stratum_kind and named.stratum = durations.stratum
    where named.stratum is not null
),

answered as (
    select
        durations.*,
        false as is_absent,
    from durations
    union all by name
    select
        absent.*,
        true as is_absent,
    from absent
)

select
    answered.data_origin,
    answered.as_of_date,
    answered.stratum_kind,
    answered.stratum,
    answered.clock,
    case answered.data_origin when 'synthetic' then 'synthetic: ' else '' end
    || case
        when answered.is_absent then 'not in the data'
        when answered.n = 0 then 'no curve'
        when not answered.is_median_reached then 'not reached'
        when answered.n_events < 10 then 'few decided'
        when answered.median_high is null then 'open upwards'
        else 'bounded'
    end as certainty,
    answered.median_text as median_days,
    answered.median_low,
    answered.median_high,
    answered.p90_text as p90_days,
    answered.decided_only_median_days,
    answered.decided_only_bias_days,
    round(answered.restricted_mean_days, 1) as restricted_mean_days,
    answered.restricted_mean_horizon_days,
    round(100 * answered.share_decided_by_45, 1) as decided_by_45_pct,
    round(100 * outcomes.approved_by_90, 1) as approved_by_90_pct,
    round(100 * outcomes.refused_by_90, 1) as refused_by_90_pct,
    round(100 * deadlines.breach_share, 1) as breach_pct,
    asked.waiting_days,
    remaining.n_waiting,
    case
        when not answered.is_absent
            then
                coalesce(
                    not_judged.why, cast(remaining.p50_day - asked.waiting_days as varchar),
                    '> ' || (answered.max_follow_up_days - asked.waiting_days)
                )
    end as p50_remaining_days,
    case
        when not answered.is_absent
            then
                coalesce(
                    not_judged.why, cast(remaining.p90_day - asked.waiting_days as varchar),
                    '> ' || (answered.max_follow_up_days - asked.waiting_days)
                )
    end as p90_remaining_days,
    answered.n,
    answered.n_events as decided,
    answered.n_censored as pending,
    answered.n_not_accepted as not_accepted,
    answered.missing_row_count as rows_kept_out,
    if(
        answered.stratum_kind = 'all' and answered.n_events >= 10,
        format(
            '{} {:,} applications {:,} are pending. Counting these, the median is {} {}, and '
            || 'nine in ten are decided in {}.{}',
            if(answered.data_origin = 'synthetic', 'Invented sample, not the world: of', 'Of'),
            answered.n, answered.n_censored,
            answered.median_text
            || coalesce(format(' ({} to {})', answered.median_low, answered.median_high), ''),
            replace(answered.clock, '_', ' '), answered.p90_text,
            if(
                answered.data_origin = 'synthetic',
                ' The sample says nothing on whether licences are faster. What bodies publish of '
                || 'real ones, each claim with its evidence: a08.', ''
            )
        ),
        null
    ) as total_in_words,
from answered
cross join asked
left join remaining
    using (data_origin, as_of_date, stratum_kind, stratum)
cross join lateral (
    select
        case
            when answered.n_events < 10
                then
                    'fewer than 10 decided: '
                    || if(answered.stratum_kind = 'all', 'cannot be judged', 'see all')
            when remaining.n_waiting is null then 'nobody watched so long'
        end as why
) as not_judged
left join outcomes
    using (data_origin, as_of_date, stratum_kind, stratum)
left join (
    from marts.fct_licence_deadlines
    where accepted_month = 'all'
) as deadlines
    using (data_origin, as_of_date, stratum_kind, stratum)
order by answered.data_origin, answered.as_of_date, answered.stratum_kind, answered.stratum;
