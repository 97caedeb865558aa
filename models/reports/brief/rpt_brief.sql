{{ config(
    materialized='table_function',
    alias='brief',
    parameters=['as_of', 'known_on := null', 'days := 7'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        coalesce(days, 7) as asked_days,
),

-- A fact is known on [known_from, known_to) and due from due_on until before due_until; an empty
-- due_on is due as soon as it is known. It is news in the days in which it falls due or in which it
-- was first known; a standing fact (a stale source) is said as long as it holds.
raised as (
    select
        facts.*,
        asked.asked_on,
    from {{ ref('fct_brief_facts') }} as facts
    cross join asked
    where
        facts.known_from <= asked.asked_known
        and (facts.known_to is null or asked.asked_known < facts.known_to)
        and (facts.due_on is null or facts.due_on <= asked.asked_on)
        and (facts.due_until is null or asked.asked_on < facts.due_until)
        and (
            facts.is_standing
            or coalesce(facts.due_on > asked.asked_on - asked.asked_days, false)
            or facts.first_known_from > asked.asked_known - asked.asked_days
        )
),

in_the_eu as (
    select unnest(['ALL', 'EU27']) as destination
    union all
    select country_iso3 as destination
    from {{ ref('dim_country') }}
    where is_eu27_member
),

-- Clauses, destinations and users of one fact are one line.
lines as (
    select
        fact_id,
        any_value(line_kind) as line_kind,
        min(case severity when 'high' then 1 when 'medium' then 2 else 3 end) as severity_rank,
        min(headline) as headline,
        min(subject_id) as subject_id,
        min(measure_id) as measure_id,
        string_agg(distinct clause_id, '; ' order by clause_id) as clause_ids,
        min(product_code) as product_code,
        min(partner_code) as partner_code,
        min(source_id) as source_id,
        min(material) as material,
        min(event_date) as event_date,
        coalesce(bool_and(destination not in (from in_the_eu)), false) as is_elsewhere,
        min(first_known_from) as known_from,
        min(days_before) as days_before,
        min(event_date) - any_value(asked_on) as days_to_event,
        min(evidence_url) as evidence_url,
        arg_min(evidence_title, evidence_url || coalesce(evidence_title, '')) as evidence_title,
        case
            when bool_or(certainty = 'disputed') then 'disputed'
            else min(certainty)
        end as certainty,
        min(data_origin) as data_origin,
    from raised
    group by fact_id
),

final as (
    select
        cast(
            row_number() over (
                order by severity_rank, is_elsewhere, line_kind, event_date, fact_id
            ) as integer
        ) as brief_number,
        line_kind,
        case severity_rank when 1 then 'high' when 2 then 'medium' else 'low' end as severity,
        headline,
        fact_id,
        subject_id,
        measure_id,
        clause_ids,
        product_code,
        partner_code,
        source_id,
        material,
        event_date,
        known_from,
        case
            when line_kind = 'expiry' or (line_kind = 'new_act' and days_to_event > 0)
                then cast(days_to_event as integer)
        end as days_left,
        evidence_url,
        evidence_title,
        certainty,
        data_origin,
    from lines
)

select final.*
from final
order by final.brief_number
