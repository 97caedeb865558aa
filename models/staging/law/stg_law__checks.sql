with

law_checks as (
    select * from {{ ref('law_checks') }}
),

renamed as (
    select
        check_id,
        jurisdiction as jurisdiction_iso2,
        checked_to,
        checked_what,
        finding,
        newest_act,
        newest_act_on,
        max_age_days as max_age_days_raw,
        recorded_on,
        source_title,
        source_url,
        url_quality,
        confidence,
        note,
        try_cast(max_age_days as integer) as max_age_days,
    from law_checks
)

select * from renamed
