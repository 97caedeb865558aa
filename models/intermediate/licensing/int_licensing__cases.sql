with

applications as (select * from {{ ref('stg_licensing__applications') }}),
working_days as (select * from {{ ref('int_licensing__working_days') }}),
deliveries as (select * from {{ ref('stg_landing__deliveries') }}),
quarantined_rows as (select * from {{ ref('stg_landing__quarantined_rows') }}),

vintage_days as (
    select
        vintage,
        max(known_on) as known_on,
    from deliveries
    where source_id = 'licence_applications'
    group by vintage
),

-- Rows kept out of a delivery and not landed by another line of it. What case they were of cannot
-- be told, so they count for the whole register.
kept_out as (
    select
        vintage,
        count(distinct line_number) as quarantined_count,
    from quarantined_rows
    where source_id = 'licence_applications' and not starts_with(reason, 'repeats line')
    group by vintage
),

-- The latest reading of each case.
latest as (
    select
        *,
        coalesce(decided_date, as_of_date) as watched_to_date,
        row_number() over (order by data_origin, authority, application_id) as case_number,
        max(as_of_date) over (partition by data_origin) as last_reading_date,
    from applications
    qualify
        row_number() over (
            partition by data_origin, authority, application_id
            order by as_of_date desc
        ) = 1
),

rows_missing as (
    select
        vintages.data_origin,
        sum(kept_out.quarantined_count) as missing_row_count,
    from (
        select distinct
            data_origin,
            vintage,
        from latest
    ) as vintages
    inner join kept_out
        on vintages.vintage = kept_out.vintage
    group by vintages.data_origin
),

-- Times for which the papers lay with the applicant.
stop_texts as (
    select
        case_number,
        as_of_date,
        unnest(string_split(replace(returned_intervals, ' ', ''), ';')) as stop_text,
        generate_subscripts(string_split(returned_intervals, ';'), 1) as stop_number,
    from latest
    where returned_intervals is not null and accepted_date is not null
),

stops as (
    select
        case_number,
        stop_number,
        cast(split_part(stop_text, '/', 1) as date) as stopped_date,
        coalesce(cast(nullif(split_part(stop_text, '/', 2), '') as date), as_of_date)
            as resumed_date,
    from stop_texts
),

stop_lengths as (
    select
        stops.case_number,
        stops.stop_number,
        stops.resumed_date - stops.stopped_date as calendar_days,
        resumed.working_day_number - stopped.working_day_number as working_days,
        stopped.working_day_number as stopped_working_day_number,
    from stops
    inner join working_days as stopped
        on stops.stopped_date = stopped.calendar_date
    inner join working_days as resumed
        on stops.resumed_date = resumed.calendar_date
),

clocked as (
    select
        latest.case_number,
        accepted.working_day_number as accepted_working_day_number,
        latest.watched_to_date - latest.accepted_date as calendar_days,
        watched_to.working_day_number - accepted.working_day_number as working_days,
        case
            when latest.accepted_date is not null
                then greatest(latest.observed_from_date - latest.accepted_date, 0)
        end as entry_calendar_days,
        case
            when latest.accepted_date is not null
                then greatest(entered.working_day_number - accepted.working_day_number, 0)
        end as entry_working_days,
    from latest
    left join working_days as accepted
        on latest.accepted_date = accepted.calendar_date
    left join working_days as watched_to
        on latest.watched_to_date = watched_to.calendar_date
    left join working_days as entered
        on latest.observed_from_date = entered.calendar_date
),

-- A stop moves the deadline only if the clock had not run out when it began.
stops_placed as (
    select
        stop_lengths.case_number,
        stop_lengths.calendar_days,
        stop_lengths.working_days,
        stop_lengths.stopped_working_day_number - clocked.accepted_working_day_number
        - coalesce(sum(stop_lengths.working_days) over (
            partition by stop_lengths.case_number
            order by stop_lengths.stop_number
            rows between unbounded preceding and 1 preceding
        ), 0) < {{ var('licence_deadline_working_days') }} as moves_deadline,
    from stop_lengths
    inner join clocked
        on stop_lengths.case_number = clocked.case_number
),

stopped as (
    select
        case_number,
        sum(calendar_days) as calendar_days,
        sum(working_days) as working_days,
        coalesce(sum(working_days) filter (where moves_deadline), 0) as deadline_working_days,
    from stops_placed
    group by case_number
),

-- What lies before the watch began can hold stops too: an entry is counted with them taken out.
entry_stops as (
    select
        stops.case_number,
        sum(least(stops.resumed_date, latest.observed_from_date) - stops.stopped_date)
            as calendar_days,
        sum(resumed.working_day_number - stopped_at.working_day_number) as working_days,
    from stops
    inner join latest
        on
            stops.case_number = latest.case_number
            and stops.stopped_date < latest.observed_from_date
    inner join working_days as stopped_at
        on stops.stopped_date = stopped_at.calendar_date
    inner join working_days as resumed
        on least(stops.resumed_date, latest.observed_from_date) = resumed.calendar_date
    group by stops.case_number
),

final as (
    select
        latest.* exclude (
            latest.material, latest.returned_intervals, latest.as_of_date, latest.watched_to_date,
            latest.last_reading_date
        ),
        lower(trim(latest.material)) as material,
        cast(clocked.calendar_days as integer) as calendar_days,
        cast(clocked.calendar_days - coalesce(stopped.calendar_days, 0) as integer)
            as stop_clock_days,
        cast(clocked.working_days - coalesce(stopped.working_days, 0) as integer) as working_days,
        cast(clocked.entry_calendar_days as integer) as entry_calendar_days,
        cast(clocked.entry_calendar_days - coalesce(entry_stops.calendar_days, 0) as integer)
            as entry_stop_clock_days,
        cast(clocked.entry_working_days - coalesce(entry_stops.working_days, 0) as integer)
            as entry_working_days,
        cast(coalesce(rows_missing.missing_row_count, 0) as integer) as missing_row_count,
        not deadlines.is_published as is_deadline_provisional,
        latest.as_of_date as last_seen_date,
        latest.last_reading_date as as_of_date,
        deadlines.calendar_date as deadline_date,
        vintage_days.known_on,
    from latest
    inner join clocked
        on latest.case_number = clocked.case_number
    left join stopped
        on latest.case_number = stopped.case_number
    left join entry_stops
        on latest.case_number = entry_stops.case_number
    left join rows_missing
        on latest.data_origin = rows_missing.data_origin
    left join vintage_days
        on latest.vintage = vintage_days.vintage
    left join working_days as deadlines
        on
            deadlines.is_working_day
            and clocked.accepted_working_day_number
            + {{ var('licence_deadline_working_days') }}
            + coalesce(stopped.deadline_working_days, 0)
            = deadlines.working_day_number
)

select * from final
