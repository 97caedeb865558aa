with

law_checks as (select * from {{ ref('law_checks') }}),

renamed as (
    select
        check_id,
        jurisdiction as jurisdiction_iso2,
        checked_to,
        newest_act,
        newest_act_on,
        recorded_on,
        source_title,
        source_url,
        confidence,
        note,
        try_cast(max_age_days as integer) as max_age_days,
    from law_checks
)

select * from renamed
