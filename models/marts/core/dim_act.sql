with

acts as (select * from {{ ref('int_law__acts') }}),

final as (
    select
        act_id,
        is_measure,
        act_type,
        standing,
        instrument,
        severity_weight,
        instrument_no,
        title,
        issuing_authority,
        jurisdiction_iso2 as jurisdiction,
        announced_on as announced_on_text,
        effective_from as effective_from_text,
        confidence,
        source_title,
        source_url,
        note,
    from acts
)

select * from final
order by act_id
