with

landed as (
    select * from {{ source('landing', 'exposure_site_capacities') }}
),

renamed as (
    select
        graph_id,
        capacity_id,
        site_id,
        part_id,
        metric,
        unit,
        as_of_text,
        evidence_source,
        note,
        data_origin,
        vintage,
        quantity,
        line_number,
    from landed
)

select * from renamed
