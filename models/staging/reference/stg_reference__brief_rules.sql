with

brief_rules as (
    select * from {{ ref('brief_rules') }}
),

renamed as (
    select
        rule_id,
        line_kind,
        severity,
        hit_definition,
        event_definition,
        missing_reason,
        source,
        days_before,
        least_lead_days,
        {{ yes_or_no('is_refuted_by_silence') }} as is_refuted_by_silence,
    from brief_rules
)

select * from renamed
