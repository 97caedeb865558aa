-- Generated licence applications: `applications` of them over five years up to 30 September 2026,
-- 173 materials, three routes, three sizes and twenty quarters: with all together, 200 strata. A
-- tenth is watched only from later on. Outcomes and delays follow from a hash of the number.
create or replace table int_licensing__cases as
with

numbered as (
    select
        number as case_number,
        cast(hash(number) % 1000000 as bigint) as first_draw,
        cast(hash(number + 10000000) % 1000000 as bigint) as second_draw,
        cast(hash(number + 20000000) % 1000000 as bigint) as third_draw,
        cast(hash(number + 30000000) % 1000000 as bigint) as fourth_draw,
        date '2026-09-30' as as_of_date,
    from range(1, cast(getvariable('applications') as bigint) + 1) as numbers (number)
),

dated as (
    select
        *,
        cast(first_draw % 173 as integer) as material_number,
        date '2021-10-01' + cast(second_draw % 1826 as integer) as accepted_date,
        -- Log-logistic delays, slower for some materials, cut at two years.
        1 + cast(
            least(
                730,
                (20 + 60 * (first_draw % 173) / 172.0)
                * pow((third_draw + 0.5) / (1000000 - third_draw - 0.5), 0.5)
            ) as integer
        ) as days_needed,
        case when fourth_draw % 10 = 0 then 1 + cast(fourth_draw // 10 % 40 as integer) end
            as days_unwatched,
    from numbered
),

watched as (
    select
        *,
        least(days_needed, as_of_date - accepted_date) as calendar_days,
        days_needed <= as_of_date - accepted_date as is_decided,
    from dated
    -- Whoever is decided before being watched is never seen.
    where coalesce(days_unwatched, 0) < least(days_needed, as_of_date - accepted_date)
        or days_unwatched is null
)

select
    cast(case_number as bigint) as case_number,
    'synthetic' as data_origin,
    'A' || case_number as application_id,
    'M' || lpad(cast(material_number as varchar), 3, '0') as material,
    ['ordinary', 'general_licence', 'green_channel'][1 + fourth_draw // 7 % 3] as route,
    ['small', 'medium', 'large'][1 + fourth_draw // 11 % 3] as applicant_size_class,
    accepted_date - cast(fourth_draw // 13 % 15 as integer) as filed_date,
    accepted_date,
    case when days_unwatched is not null then accepted_date + days_unwatched end
        as observed_from_date,
    case when is_decided then accepted_date + days_needed end as decided_date,
    case
        when is_decided
            then
                ['approved', 'approved', 'approved', 'refused', 'withdrawn', 'expired'][
                    1 + fourth_draw // 17 % 6
                ]
    end as outcome,
    as_of_date,
    cast(calendar_days as integer) as calendar_days,
    cast(coalesce(days_unwatched, 0) as integer) as entry_calendar_days,
    -- A tenth of the days is returned for information.
    cast(calendar_days - calendar_days // 10 as integer) as stop_clock_days,
    cast(coalesce(days_unwatched - days_unwatched // 10, 0) as integer) as entry_stop_clock_days,
    cast((calendar_days * 5 + 6) // 7 as integer) as working_days,
    cast(coalesce(days_unwatched, 0) * 5 // 7 as integer) as entry_working_days,
    accepted_date + 65 as deadline_date,
    false as is_deadline_provisional,
    0 as missing_row_count,
from watched;
