with

law_acts as (
    select * from {{ ref('law_acts') }}
),

renamed as (
    select
        act_id,
        issuing_authority,
        jurisdiction as jurisdiction_iso2,
        instrument_no,
        title,
        act_type,
        announced_on,
        effective_from,
        effective_to,
        known_on,
        source_title,
        source_url,
        confidence,
        note,
        {{ yes_or_no('effective_to_is_inclusive') }} as effective_to_is_inclusive,
    from law_acts
)

select * from renamed
