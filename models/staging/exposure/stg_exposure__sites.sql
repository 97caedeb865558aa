with

landed as (
    select * from {{ source('landing', 'exposure_sites') }}
),

renamed as (
    select
        graph_id,
        site_id,
        site_name,
        firm,
        country_iso3 as country_code,
        site_role,
        activity,
        evidence_source,
        note,
        data_origin,
        vintage,
        line_number,
        as_of_date,
    from landed
)

select * from renamed
