with

sources as (select * from {{ ref('meta_sources') }}),
acts as (select * from {{ ref('int_brief__acts') }}),

new_acts as (
    select
        'new_act|' || act_id as fact_id,
        'new_act' as line_kind,
        case
            when standing in ('report', 'proposal') then 'low'
            when severity_weight >= 0.6 then 'high'
            else 'medium'
        end as severity,
        case standing
            when 'report' then 'Reported, without an act: '
            when 'proposal' then issuing_authority || ' proposes: '
            else issuing_authority || ' publishes ' || coalesce(instrument_no || ': ', 'an act: ')
        end
        || title
        || case
            when standing = 'proposal' then '.'
            when effective_on is null then '; no date of effect is known.'
            else '; takes effect from ' || effective_on || '.'
        end as headline,
        act_id as subject_id,
        measure_id,
        materials as material,
        source_url as evidence_url,
        source_title as evidence_title,
        case
            when standing = 'report' then 'reported_only'
            when length(announced_on_text) < 10 then 'imprecise_date'
            when is_known_on_assumed then 'presumed'
            else source_certainty
        end as certainty,
        case when measure_id is null then 'law_acts' else 'measures' end as table_name,
        coalesce(effective_on, known_from) as event_date,
        known_from,
    from acts
),

unioned as (
    select * from new_acts
    union all by name
    select * from {{ ref('int_brief__state_changes') }}
    union all by name
    select * from {{ ref('int_brief__claims') }}
    union all by name
    select * from {{ ref('int_brief__stale_sources') }}
    union all by name
    select * from {{ ref('int_brief__flow_surprises') }}
    union all by name
    select * from {{ ref('int_brief__commitment_verdicts') }}
    union all by name
    select * from {{ ref('int_brief__licence_time_shifts') }}
),

-- A fact whose wording changed is known from the first day of the unbroken stretch.
marked as (
    select
        *,
        case
            when known_from <= max(coalesce(known_to, date '9999-12-31')) over (
                partition by fact_id
                order by known_from, clause_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_first,
    from unioned
),

stretched as (
    select
        *,
        sum(is_first) over (partition by fact_id order by known_from, clause_id) as stretch,
    from marked
),

facts as (
    select
        * exclude (is_first, is_standing),
        coalesce(is_standing, false) as is_standing,
        min(known_from) over (partition by fact_id, stretch) as first_known_from,
    from stretched
),

final as (
    select
        facts.fact_id,
        facts.line_kind,
        facts.severity,
        facts.headline,
        facts.subject_id,
        facts.measure_id,
        facts.clause_id,
        facts.destination,
        facts.user_type,
        facts.product_code,
        facts.partner_code,
        facts.source_id,
        facts.material,
        facts.evidence_url,
        facts.evidence_title,
        facts.certainty,
        coalesce(facts.data_origin, sources.data_origin) as data_origin,
        facts.days_before,
        facts.is_standing,
        facts.event_date,
        facts.due_on,
        facts.due_until,
        facts.first_known_from,
        facts.known_from,
        facts.known_to,
    from facts
    left join sources
        on facts.table_name = sources.table_name
)

select * from final
order by fact_id, clause_id, destination, user_type, known_from
