with

licensing_stats as (
    select * from {{ ref('licensing_stats') }}
),

renamed as (
    select
        stat_id,
        issuing_body,
        applicant_jurisdiction,
        stat_date,
        period as period_text,
        sector,
        material,
        indicator,
        unit,
        denominator,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        licensing_authority,
        evidence_grade,
        evidence_note,
        value as value_number,
    from licensing_stats
)

select * from renamed
