with

-- A fixed span, so that the table does not depend on the day of the build.
days as (
    select unnest(generate_series(date '2000-01-01', date '2034-12-31', interval 1 day)) as moment
),

final as (
    select
        strftime(moment, '%Y-%m') as month_period,
        strftime(moment, '%Y') as year_period,
        cast(year(moment) as integer) as calendar_year,
        cast(quarter(moment) as integer) as calendar_quarter,
        cast(month(moment) as integer) as calendar_month,
        cast(isodow(moment) as integer) as iso_weekday,
        isodow(moment) in (6, 7) as is_weekend,
        cast(moment as date) as date_day,
    from days
)

select * from final
order by date_day
