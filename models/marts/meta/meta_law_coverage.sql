{{ config(alias='law_coverage') }}

with

readings as (select * from {{ ref('int_law__readings') }}),
checks as (select * from {{ ref('stg_law__checks') }}),
acts as (select * from {{ ref('int_law__acts') }}),

read as (
    select
        jurisdiction_iso2,
        max(read_to) filter (where what_was_read = 'list') as list_read_to,
        max(read_to) filter (where what_was_read = 'source') as newest_source_on,
        max(read_to) filter (where sets_the_age) as age_from,
        cast(max(max_age_days) as integer) as max_age_days,
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
        read.jurisdiction_iso2 as jurisdiction,
        newest_acts.newest_act,
        cast(coalesce(measure_counts.measure_count, 0) as integer) as measure_count,
        read.max_age_days,
        read.list_read_to,
        read.newest_source_on,
        newest_acts.newest_act_on,
        read.age_from + read.max_age_days as stale_after,
    from read
    left join newest_acts
        on read.jurisdiction_iso2 = newest_acts.jurisdiction_iso2
    left join measure_counts
        on read.jurisdiction_iso2 = measure_counts.jurisdiction_iso2
)

select * from final
order by jurisdiction
