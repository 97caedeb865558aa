with

measures as (select * from {{ ref('measures') }}),

renamed as (
    select
        measures.* exclude (jurisdiction, url_quality),
        jurisdiction as jurisdiction_iso2,
    from measures
)

select * from renamed
