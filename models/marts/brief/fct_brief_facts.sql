with

facts as (
    select * from {{ ref('int_brief__facts') }}
),

sources as (
    select * from {{ ref('meta_sources') }}
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
