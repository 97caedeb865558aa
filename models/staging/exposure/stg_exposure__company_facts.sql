with

company_exposure as (
    select * from {{ ref('company_exposure') }}
),

renamed as (
    select
        fact_id,
        company,
        site,
        country as country_iso2,
        role,
        product,
        metric,
        value as value_text,
        unit,
        as_of,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        try_cast(value as decimal(18, 3)) as value_number,
    from company_exposure
)

select * from renamed
