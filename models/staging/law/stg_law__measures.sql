with

measures as (
    select * from {{ ref('measures') }}
),

renamed as (
    select
        measure_id,
        issuing_authority,
        jurisdiction as jurisdiction_iso2,
        instrument_no,
        title,
        measure_type,
        target_partner,
        materials,
        status_at_last_source,
        announced_on,
        effective_from,
        effective_to,
        last_source_on,
        source_title,
        source_url,
        confidence,
        note,
    from measures
)

select * from renamed
