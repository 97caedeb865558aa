{%- set strata = ['material'] -%}
with

cases as (select * from {{ ref('int_licensing__cases') }}),

-- The last 24 month ends; the last one is the as-of date itself.
origins as (
    select
        data_origin,
        max(as_of_date) as last_as_of_date,
        {{ month_number('max(as_of_date)') }} - 23 as first_month,
    from cases
    group by data_origin
),

months as (
    select
        *,
        unnest(range(first_month, first_month + 24)) as month_number,
    from origins
),

month_ends as (
    select
        data_origin,
        month_number,
        least({{ last_day_of_month('month_number') }}, last_as_of_date) as month_end_date,
    from months
),

timed as (
    select
        cases.data_origin,
        coalesce(cases.material, 'not_stated') as material,
        cases.accepted_date,
        cases.calendar_days as exit_day,
        cases.outcome is not null as is_decided,
        origins.first_month as first_month_of_all,
        cases.accepted_date + cases.calendar_days as exit_date,
        case
            when cases.observed_from_date > cases.accepted_date
                then cases.entry_calendar_days + 1
        end as late_entry_day,
    from cases
    inner join origins
        on cases.data_origin = origins.data_origin
    where cases.accepted_date is not null
),

followed as (
    select
        *,
        greatest(
            {{ month_number('(accepted_date + coalesce(late_entry_day, 0))') }}, first_month_of_all
        ) as first_month,
        greatest({{ month_number('exit_date') }}, first_month_of_all) as exit_month,
    from timed
    where coalesce(late_entry_day, 0) <= exit_day
),

-- What a case adds to the curve of a month end and of all later ones: its exit from the month of
-- the exit on, its late entry from the month in which it comes under observation. A case open on a
-- month end is censored that day, and on that day only.
open_months as (
    select
        data_origin,
        material,
        accepted_date,
        unnest(range(first_month, exit_month)) as month_number,
    from followed
    where first_month < exit_month
),

events as (
    select
        data_origin,
        material,
        exit_month as month_number,
        exit_day as day,
        case when is_decided then 'decided' else 'censored' end as event,
    from followed
    union all
    select
        data_origin,
        material,
        first_month as month_number,
        late_entry_day as day,
        'late_entry' as event,
    from followed
    where late_entry_day is not null
    union all
    select
        data_origin,
        material,
        month_number,
        {{ last_day_of_month('month_number') }} - accepted_date as day,
        'still_open' as event,
    from open_months
),

counted as (
    select
        data_origin,
        {{ licence_stratum(strata) }},
        month_number,
        cast(day as integer) as day,
        event,
        count(*) as event_count,
    from events
    {{ group_by_licence_strata(['data_origin', 'month_number', 'day', 'event'], strata) }}
),

-- Numbers join and sort faster than names.
curves as (
    select
        data_origin,
        stratum_kind,
        stratum,
        row_number() over (order by data_origin, stratum_kind, stratum) as curve_number,
    from counted
    group by data_origin, stratum_kind, stratum
),

summed as (
    select
        curves.curve_number,
        counted.month_number,
        counted.day,
        {%- for event in ['late_entry', 'decided', 'censored', 'still_open'] %}
        sum(counted.event_count) filter (where counted.event = '{{ event }}') as {{ event }},
        {%- endfor %}
    from counted
    inner join curves
        using (data_origin, stratum_kind, stratum)
    group by curves.curve_number, counted.month_number, counted.day
),

days as (
    select distinct
        curve_number,
        day,
    from summed
),

-- Every day of a curve in every month, for what lasts is carried on to each later one.
laid_out as (
    select
        curves.*,
        month_ends.month_number,
        month_ends.month_end_date,
        days.day,
        coalesce(summed.late_entry, 0) as late_entry,
        coalesce(summed.decided, 0) as decided,
        coalesce(summed.censored, 0) as censored,
        coalesce(summed.still_open, 0) as still_open,
    from curves
    inner join month_ends
        using (data_origin)
    inner join days
        using (curve_number)
    left join summed
        using (curve_number, month_number, day)
),

stood as (
    select
        * exclude (still_open) replace (
            cast(sum(late_entry) over until_month as integer) as late_entry,
            cast(sum(decided) over until_month as integer) as decided,
            cast(sum(censored) over until_month + still_open as integer) as censored
        ),
    from laid_out
    window
        until_month as (
            partition by curve_number, day
            order by month_number
            rows between unbounded preceding and current row
        )
),

-- At risk: who leaves on the day or later, less who enters only after it.
final as (
    select
        stood.* exclude (late_entry),
        sum(decided + censored - late_entry) over (
            partition by curve_number, month_number
            order by day desc
            rows between unbounded preceding and current row
        )
        + late_entry as at_risk,
    from stood
    where late_entry + decided + censored > 0
)

select * from final
