with

macro_facts as (
    select * from {{ ref('macro_facts') }}
),

renamed as (
    select
        fact_id,
        reporter,
        flow,
        product,
        product_code as product_codes_text,
        partner,
        period,
        metric,
        unit,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        value as value_number,
        derived = 'Y' as is_derived,
    from macro_facts
)

select * from renamed
