with

shipment_cases as (select * from {{ ref('stg_cases__shipment_cases') }}),
applications as (select * from {{ ref('int_licensing__cases') }}),

-- The latest reading of each case.
latest as (
    select *
    from shipment_cases
    qualify
        row_number() over (partition by data_origin, case_id order by as_of_date desc) = 1
),

open_cases as (
    select *
    from latest
    where closed_date is null
),

-- What the register knows of an application it knows better than the list of cases.
cases as (
    select
        open_cases.data_origin,
        open_cases.case_id,
        open_cases.application_id,
        open_cases.shipment_reference,
        open_cases.authority,
        coalesce(open_cases.measure_id, applications.measure_id) as measure_id,
        coalesce(open_cases.clause_id, applications.clause_id) as clause_id,
        coalesce(lower(trim(open_cases.material)), applications.material) as material,
        coalesce(open_cases.product_code, applications.product_code) as product_code,
        open_cases.supplier,
        open_cases.graph_id,
        open_cases.site_id,
        open_cases.part_id,
        open_cases.channel,
        open_cases.last_word,
        applications.application_id is not null as is_in_register,
        open_cases.standstill_eur_per_day_low,
        open_cases.standstill_eur_per_day_high,
        coalesce(applications.filed_date, open_cases.filed_date) as filed_date,
        applications.accepted_date,
        open_cases.held_since_date,
        open_cases.last_word_date,
        applications.decided_date,
        applications.deadline_date,
        greatest(open_cases.as_of_date, applications.last_seen_date) as as_of_date,
    from open_cases
    left join applications
        using (data_origin, authority, application_id)
),

-- Of an application that a case names, open or closed, the case speaks.
without_case as (
    select
        applications.data_origin,
        applications.application_id,
        applications.authority,
        applications.measure_id,
        applications.clause_id,
        applications.material,
        applications.product_code,
        true as is_in_register,
        applications.filed_date,
        applications.accepted_date,
        applications.deadline_date,
        applications.last_seen_date as as_of_date,
    from applications
    left join latest
        using (data_origin, authority, application_id)
    where applications.decided_date is null and latest.case_id is null
),

listed as (
    select * from cases
    union all by name
    select * from without_case
),

-- A curve counts from acceptance; where that day is not known, from the day that is.
waited as (
    select
        *,
        case
            when accepted_date is not null then 'accepted'
            when is_in_register then 'not_accepted'
            when filed_date is not null then 'filed'
            else 'held'
        end as waits_from,
        as_of_date - coalesce(accepted_date, filed_date, held_since_date) as days_waited,
    from listed
),

final as (
    select
        * exclude (days_waited),
        cast(days_waited as integer) as days_waited,
        cast(
            row_number() over (order by data_origin, authority, application_id, case_id)
            as integer
        ) as item_number,
    from waited
)

select * from final
