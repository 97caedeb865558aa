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
    from brief_rules
)

select * from renamed
