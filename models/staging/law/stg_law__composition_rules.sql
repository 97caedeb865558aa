with

composition_rules as (
    select * from {{ ref('composition_rules') }}
),

renamed as (
    select
        rule_id,
        measure_id,
        hs6_code,
        requires,
        tells,
        family_id,
        scope_id,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        {{ yes_or_no('is_sufficient') }} as is_sufficient,
    from composition_rules
)

select * from renamed
