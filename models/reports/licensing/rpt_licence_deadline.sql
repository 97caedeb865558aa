{{ config(
    materialized='table_function',
    alias='licence_deadline',
    parameters=['accepted_on'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

asked as (
    select cast(accepted_on as date) as accepted_day,
)

select
    deadlines.date_day as deadline_on,
    cast(deadlines.date_day - asked.accepted_day as integer) as calendar_days,
    case
        when deadlines.date_day is null then 'unknown'
        when deadlines.is_prc_calendar_published then 'settled'
        else 'presumed'
    end as certainty,
    case
        when asked.accepted_day is null then 'the day of acceptance is needed'
        when deadlines.date_day is null then 'the calendar held here is of 2004 to 2034'
        when not deadlines.is_prc_calendar_published
            then 'the holidays of its year are not published yet: only weekends count as free'
    end as reason,
from asked
left join {{ ref('dim_date') }} as accepted
    on asked.accepted_day = accepted.date_day
left join {{ ref('dim_date') }} as deadlines
    on
        deadlines.is_prc_working_day
        and accepted.prc_working_day_number + {{ var('licence_deadline_working_days') }}
        = deadlines.prc_working_day_number
