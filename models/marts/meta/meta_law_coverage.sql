{{ config(alias='law_coverage') }}

with

readings as (
    select * from {{ ref('int_law__readings') }}
),

checks as (
    select * from {{ ref('stg_law__checks') }}
),

acts as (
    select * from {{ ref('int_law__acts') }}
),

checked as (
    select
        jurisdiction_iso2,
        max(checked_to) as law_checked_to,
        max(max_age_days) as max_age_days,
    from readings
    group by jurisdiction_iso2
),

-- A proposal or a report of the press is no act.
seen_acts as (
    select
        jurisdiction_iso2,
        act_id as newest_act,
        {{ first_day('coalesce(announced_on, effective_from)') }} as newest_act_on,
    from acts
    where standing not in ('proposal', 'report')
    union all
    select
        jurisdiction_iso2,
        newest_act,
        {{ first_day('newest_act_on') }} as newest_act_on,
    from checks
),

newest_acts as (
    select *
    from seen_acts
    where newest_act is not null and newest_act_on is not null
    qualify
        row_number() over (
            partition by jurisdiction_iso2
            order by newest_act_on desc, newest_act
        ) = 1
),

measure_counts as (
    select
        jurisdiction_iso2,
        count(*) as measure_count,
    from acts
    where is_measure
    group by jurisdiction_iso2
),

final as (
    select
        checked.jurisdiction_iso2 as jurisdiction,
        newest_acts.newest_act,
        cast(coalesce(measure_counts.measure_count, 0) as integer) as measure_count,
        cast(checked.max_age_days as integer) as max_age_days,
        checked.law_checked_to,
        newest_acts.newest_act_on,
        checked.law_checked_to + cast(checked.max_age_days as integer) as stale_after,
    from checked
    left join newest_acts
        on checked.jurisdiction_iso2 = newest_acts.jurisdiction_iso2
    left join measure_counts
        on checked.jurisdiction_iso2 = measure_counts.jurisdiction_iso2
)

select * from final
order by jurisdiction
