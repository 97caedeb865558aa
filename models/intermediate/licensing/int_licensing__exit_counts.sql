{{ config(materialized='table') }}

with

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

-- Numbers group and sort faster than names.
clocks as (
    select
        unnest([1, 2, 3]) as clock_number,
        unnest(['calendar_days', 'working_days', 'stop_clock_days']) as clock,
),

-- A case watched only from later on counts from the day after: what it would have been had it
-- been decided before is not known.
timed as (
    select
        cases.data_origin,
        cases.as_of_date,
        clocks.clock_number,
        {{ licence_strata() }},
        cases.accepted_date is not null as is_accepted,
        case when cases.accepted_date is not null then coalesce(cases.outcome, 'censored') end
            as exit_kind,
        case clocks.clock_number
            when 1 then cases.calendar_days
            when 2 then cases.working_days
            else cases.stop_clock_days
        end as exit_day,
        case
            when cases.observed_from_date > cases.accepted_date
                then
                    1 + case clocks.clock_number
                        when 1 then cases.entry_calendar_days
                        when 2 then cases.entry_working_days
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

-- One count for each kind of event is faster than eight filtered ones.
counted as (
    select
        data_origin,
        as_of_date,
        clock_number,
        {{ licence_stratum() }},
        day,
        event,
        count(*) as event_count,
    from events
    {{ group_by_licence_strata(['data_origin', 'as_of_date', 'clock_number', 'day', 'event']) }}
),

-- Every curve has its day 0.
with_day_0 as (
    select * from counted
    union all by name
    select
        data_origin,
        as_of_date,
        clock_number,
        stratum_kind,
        stratum,
        0 as day,
    from counted
    where day is not null
    group by all
),

summed as (
    select
        with_day_0.data_origin,
        with_day_0.as_of_date,
        clocks.clock,
        with_day_0.stratum_kind,
        with_day_0.stratum,
        with_day_0.day,
        {%- for event in [
            'approved', 'refused', 'withdrawn', 'expired', 'censored', 'late_entry',
            'not_accepted', 'not_followed',
        ] %}
        coalesce(sum(with_day_0.event_count) filter (where with_day_0.event = '{{ event }}'), 0)
            as {{ 'entered_late' if event == 'late_entry' else event }},
        {%- endfor %}
        coalesce(
            sum(with_day_0.event_count) filter (
                where with_day_0.event in ('approved', 'refused', 'withdrawn', 'expired')
            ),
            0
        ) as decided,
    from with_day_0
    inner join clocks
        on with_day_0.clock_number = clocks.clock_number
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
    from entered
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day nulls last
            rows between unbounded preceding and current row
        )
)

select * from final
