with

law_checks as (select * from {{ ref('law_checks') }}),

renamed as (
    select
        * exclude (jurisdiction, checked_what, finding, max_age_days, url_quality),
        jurisdiction as jurisdiction_iso2,
        try_cast(max_age_days as integer) as max_age_days,
    from law_checks
)

select * from renamed
