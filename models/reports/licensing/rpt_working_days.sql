{{ config(
    materialized='table_function',
    alias='working_days',
    parameters=['from_day', 'to_day'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        cast(from_day as date) as first_day,
        cast(to_day as date) as last_day,
)

select
    cast(lasts.prc_working_day_number - firsts.prc_working_day_number as integer) as working_days,
    case
        when lasts.prc_working_day_number is null or firsts.prc_working_day_number is null
            then 'unknown'
        when lasts.is_prc_calendar_published and firsts.is_prc_calendar_published then 'settled'
        else 'presumed'
    end as certainty,
    case
        when asked.first_day is null or asked.last_day is null then 'two days are needed'
        when lasts.prc_working_day_number is null or firsts.prc_working_day_number is null
            then 'the calendar held here is of 2004 to 2034'
        when not (lasts.is_prc_calendar_published and firsts.is_prc_calendar_published)
            then 'the holidays of a year are not published yet: only weekends count as free'
    end as reason,
from asked
left join {{ ref('dim_date') }} as firsts
    on asked.first_day = firsts.date_day
left join {{ ref('dim_date') }} as lasts
    on asked.last_day = lasts.date_day
