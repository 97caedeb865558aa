{{ config(materialized='table') }}

with

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

clocks as (
    select unnest(['calendar_days', 'working_days', 'stop_clock_days']) as clock
),

-- A case watched only from later on counts from the day after: what it would have been had it
-- been decided before is not known.
timed as (
    select
        cases.data_origin,
        cases.as_of_date,
        clocks.clock,
        cases.missing_row_count,
        {{ licence_strata() }},
        cases.accepted_date is not null as is_accepted,
        case when cases.accepted_date is not null then coalesce(cases.outcome, 'censored') end
            as exit_kind,
        case clocks.clock
            when 'calendar_days' then cases.calendar_days
            when 'working_days' then cases.working_days
            else cases.stop_clock_days
        end as exit_day,
        case
            when cases.observed_from_date > cases.accepted_date
                then
                    1 + case clocks.clock
                        when 'calendar_days' then cases.entry_calendar_days
                        when 'working_days' then cases.entry_working_days
                        else cases.entry_stop_clock_days
                    end
        end as late_entry_day,
    from cases
    cross join clocks
),

-- Applications without any follow-up are counted in rows without a day.
events as (
    select
        * exclude (late_entry_day, exit_day, exit_kind),
        case when coalesce(late_entry_day, 0) <= exit_day then exit_day end as day,
        case
            when coalesce(late_entry_day, 0) <= exit_day then exit_kind
            when is_accepted then 'not_followed'
            else 'not_accepted'
        end as event,
    from timed
    union all by name
    select
        * exclude (late_entry_day, exit_day, exit_kind),
        late_entry_day as day,
        'late_entry' as event,
    from timed
    where late_entry_day <= exit_day
),

counted as (
    select
        data_origin,
        as_of_date,
        clock,
        {{ licence_stratum() }},
        day,
        count(*) filter (where event = 'late_entry') as entered_late,
        count(*) filter (where event = 'approved') as approved,
        count(*) filter (where event = 'refused') as refused,
        count(*) filter (where event = 'withdrawn') as withdrawn,
        count(*) filter (where event = 'expired') as expired,
        count(*) filter (where event = 'censored') as censored,
        count(*) filter (where event = 'not_accepted') as not_accepted,
        count(*) filter (where event = 'not_followed') as not_followed,
        max(missing_row_count) as missing_row_count,
    from events
    {{ group_by_licence_strata(['data_origin', 'as_of_date', 'clock', 'day']) }}
),

-- Every curve has its day 0.
with_day_0 as (
    select * from counted
    union all by name
    select
        data_origin,
        as_of_date,
        clock,
        stratum_kind,
        stratum,
        0 as day,
    from counted
    where day is not null
    group by all
),

summed as (
    select
        data_origin,
        as_of_date,
        clock,
        stratum_kind,
        stratum,
        day,
        coalesce(sum(entered_late), 0) as entered_late,
        coalesce(sum(approved), 0) as approved,
        coalesce(sum(refused), 0) as refused,
        coalesce(sum(withdrawn), 0) as withdrawn,
        coalesce(sum(expired), 0) as expired,
        coalesce(sum(censored), 0) as censored,
        coalesce(sum(not_accepted), 0) as not_accepted,
        coalesce(sum(not_followed), 0) as not_followed,
        max(missing_row_count) as missing_row_count,
        coalesce(sum(approved + refused + withdrawn + expired), 0) as decided,
    from with_day_0
    group by all
),

-- Whoever leaves without a late entry was there from the start.
entered as (
    select
        *,
        entered_late
        + case
            when day = 0
                then
                    sum(decided + censored - entered_late) over (
                        partition by data_origin, as_of_date, clock, stratum_kind, stratum
                    )
            else 0
        end as entered,
    from summed
),

final as (
    select
        data_origin,
        as_of_date,
        clock,
        stratum_kind,
        stratum,
        cast(day as integer) as day,
        case when day is not null then cast(entered as bigint) end as entered,
        case
            when day is not null
                then
                    cast(
                        sum(entered - decided - censored) over curve + decided + censored
                        as bigint
                    )
        end as at_risk,
        cast(approved as bigint) as approved,
        cast(refused as bigint) as refused,
        cast(withdrawn as bigint) as withdrawn,
        cast(expired as bigint) as expired,
        cast(decided as bigint) as decided,
        cast(censored as bigint) as censored,
        cast(not_accepted as bigint) as not_accepted,
        cast(not_followed as bigint) as not_followed,
        missing_row_count,
    from entered
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day nulls last
            rows between unbounded preceding and current row
        )
)

select * from final
