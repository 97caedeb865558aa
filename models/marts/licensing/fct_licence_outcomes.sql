with

curves as (select * from {{ ref('int_licensing__survival') }}),

horizons as (
    select unnest([30, 45, 60, 90, 180]) as by_day
),

-- Each curve as it stands on each of the days.
read as (
    select
        curves.data_origin,
        curves.as_of_date,
        curves.clock,
        curves.stratum_kind,
        curves.stratum,
        horizons.by_day,
        max(curves.day) >= horizons.by_day or min(curves.survival) = 0 as is_within_follow_up,
        min(curves.survival) filter (where curves.day <= horizons.by_day) as survival,
        max(curves.approved_incidence) filter (where curves.day <= horizons.by_day) as approved,
        max(curves.refused_incidence) filter (where curves.day <= horizons.by_day) as refused,
        max(curves.withdrawn_incidence) filter (where curves.day <= horizons.by_day) as withdrawn,
        max(curves.expired_incidence) filter (where curves.day <= horizons.by_day) as expired,
    from curves
    cross join horizons
    group by
        curves.data_origin,
        curves.as_of_date,
        curves.clock,
        curves.stratum_kind,
        curves.stratum,
        horizons.by_day
),

by_outcome as (
    unpivot read
    on approved, refused, withdrawn, expired
    into name outcome value incidence
),

final as (
    select
        * exclude (survival, incidence),
        case
            when is_within_follow_up then {{ significant('incidence') }}
        end as cumulative_incidence,
        case when is_within_follow_up then {{ significant('survival') }} end as pending_share,
    from by_outcome
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, clock, outcome, by_day
