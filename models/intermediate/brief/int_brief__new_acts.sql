with

acts as (
    select * from {{ ref('int_brief__acts') }}
),

final as (
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
            else 'settled'
        end as certainty,
        case when measure_id is null then 'law_acts' else 'measures' end as table_name,
        coalesce(effective_on, known_from) as event_date,
        known_from,
    from acts
)

select * from final
