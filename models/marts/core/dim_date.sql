with

-- A fixed span, so that the table does not depend on the day of the build.
days as (
    select unnest(generate_series(date '2000-01-01', date '2034-12-31', interval 1 day)) as moment
),

working_days as (select * from {{ ref('int_licensing__working_days') }}),

final as (
    select
        strftime(days.moment, '%Y-%m') as month_period,
        strftime(days.moment, '%Y') as year_period,
        cast(year(days.moment) as integer) as calendar_year,
        cast(quarter(days.moment) as integer) as calendar_quarter,
        cast(month(days.moment) as integer) as calendar_month,
        cast(isodow(days.moment) as integer) as iso_weekday,
        working_days.working_day_number as prc_working_day_number,
        isodow(days.moment) in (6, 7) as is_weekend,
        working_days.is_working_day as is_prc_working_day,
        working_days.is_published as is_prc_calendar_published,
        cast(days.moment as date) as date_day,
    from days
    left join working_days
        on cast(days.moment as date) = working_days.calendar_date
)

select * from final
order by date_day
