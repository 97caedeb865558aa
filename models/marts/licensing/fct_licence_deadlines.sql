with

cases as (select * from {{ ref('int_licensing__cases') }}),

-- Matured: the deadline is over on the as-of date, whatever became of the case. Who is still
-- undecided then has breached it as well as who was decided later.
judged as (
    select
        data_origin,
        as_of_date,
        {{ licence_strata() }},
        strftime(accepted_date, '%Y-%m') as accepted_month,
        decided_date is not null as is_decided,
        decided_date is not null and deadline_date <= as_of_date as is_matured_decided,
        coalesce(decided_date > deadline_date, false) as is_decided_late,
        deadline_date <= as_of_date as is_matured,
        deadline_date <= as_of_date and coalesce(decided_date > deadline_date, true) as is_breached,
        coalesce(is_deadline_provisional, false) as is_provisional,
    from cases
    where accepted_date is not null and deadline_date is not null
),

by_month as (
    select
        data_origin,
        as_of_date,
        {{ licence_stratum() }},
        accepted_month,
        count(*) as accepted,
        count(*) filter (where is_matured) as matured,
        count(*) filter (where is_breached) as breached,
        count(*) filter (where is_breached and not is_decided) as breached_and_pending,
        count(*) filter (where is_decided) as decided,
        count(*) filter (where is_matured_decided) as matured_decided,
        count(*) filter (where is_decided_late) as decided_late,
        count(*) filter (where is_provisional) as provisional,
    from judged
    {{ group_by_licence_strata(['data_origin', 'as_of_date', 'accepted_month']) }}
),

-- All months together, beside the cohorts.
with_total as (
    select
        data_origin,
        as_of_date,
        stratum_kind,
        stratum,
        coalesce(accepted_month, 'all') as accepted_month,
        sum(accepted) as accepted,
        sum(matured) as matured,
        sum(breached) as breached,
        sum(breached_and_pending) as breached_and_pending,
        sum(decided) as decided,
        sum(matured_decided) as matured_decided,
        sum(decided_late) as decided_late,
        sum(provisional) as provisional,
    from by_month
    group by grouping sets (
        (data_origin, as_of_date, stratum_kind, stratum, accepted_month),
        (data_origin, as_of_date, stratum_kind, stratum)
    )
),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        accepted_month,
        cast(accepted as bigint) as accepted,
        cast(matured as bigint) as matured,
        cast(breached as bigint) as breached,
        cast(breached_and_pending as bigint) as breached_and_pending,
        cast(decided as bigint) as decided,
        cast(matured_decided as bigint) as matured_decided,
        cast(decided_late as bigint) as decided_late,
        cast(provisional as bigint) as provisional,
        {{ significant('breached / nullif(matured, 0)') }} as breach_share,
        {{ significant('decided_late / nullif(matured_decided, 0)') }} as decided_only_breach_share,
        as_of_date,
    from with_total
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, accepted_month
