{#-
    Working days of mainland China, counted on from a day that does not matter: the difference
    of two numbers is what is used.
-#}
with

exceptions as (select * from {{ ref('prc_calendar') }}),

published_years as (
    select distinct year(day) as calendar_year
    from exceptions
),

days as (
    select
        cast(
            unnest(generate_series(date '2004-01-01', date '2034-12-31', interval 1 day)) as date
        ) as calendar_date,
),

marked as (
    select
        days.calendar_date,
        coalesce(exceptions.day_kind = 'make_up_working_day', isodow(days.calendar_date) < 6)
            as is_working_day,
        published_years.calendar_year is not null as is_published,
    from days
    left join exceptions
        on days.calendar_date = exceptions.day
    left join published_years
        on year(days.calendar_date) = published_years.calendar_year
),

numbered as (
    select
        cast(count_if(is_working_day) over (order by calendar_date) as integer)
            as working_day_number,
        marked.*,
    from marked
)

select * from numbered
