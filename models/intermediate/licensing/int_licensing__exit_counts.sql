with

cases as (select * from {{ ref('int_licensing__cases') }}),

-- A case watched only from later on counts from the day after: what it would have been had it
-- been decided before is not known. Numbers of clocks group and sort faster than names.
timed as (
    select
        data_origin,
        as_of_date,
        unnest([1, 2, 3]) as clock_number,
        {{ licence_strata() }},
        accepted_date is not null as is_accepted,
        case when accepted_date is not null then coalesce(outcome, 'censored') end as exit_kind,
        unnest([calendar_days, working_days, stop_clock_days]) as exit_day,
        unnest(
            case
                when observed_from_date > accepted_date
                    then [entry_calendar_days, entry_working_days, entry_stop_clock_days]
                else [null, null, null]
            end
        ) + 1 as late_entry_day,
    from cases
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
        data_origin,
        as_of_date,
        ['calendar_days', 'working_days', 'stop_clock_days'][clock_number] as clock,
        stratum_kind,
        stratum,
        day,
        {%- for event in [
            'approved', 'refused', 'withdrawn', 'expired', 'censored', 'late_entry',
            'not_accepted', 'not_followed',
        ] %}
        coalesce(
            cast(sum(event_count) filter (where event = '{{ event }}') as bigint), 0
        ) as {{ event }},
        {%- endfor %}
    from with_day_0
    group by all
),

with_decided as (
    select
        *,
        approved + refused + withdrawn + expired as decided,
    from summed
),

-- Whoever leaves without a late entry was there from the start.
entered as (
    select
        *,
        late_entry
        + case when day = 0 then sum(decided + censored - late_entry) over (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
        ) else 0 end as entered,
    from with_decided
),

final as (
    select
        * exclude (late_entry) replace (
            cast(day as integer) as day,
            case when day is not null then cast(entered as bigint) end as entered
        ),
        case when day is not null then cast(
            sum(entered - decided - censored) over curve + decided + censored as bigint
        ) end as at_risk,
    from entered
    window
        curve as (
            partition by data_origin, as_of_date, clock, stratum_kind, stratum
            order by day nulls last
            rows between unbounded preceding and current row
        )
)

select * from final
