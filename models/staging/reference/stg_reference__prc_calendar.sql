with

calendar as (
    select * from {{ ref('prc_calendar') }}
),

renamed as (
    select
        day_kind,
        holiday_name,
        day_kind = 'make_up_working_day' as is_working_day,
        day as exception_date,
    from calendar
)

select * from renamed
