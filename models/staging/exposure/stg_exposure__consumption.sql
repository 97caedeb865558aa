with

landed as (
    select * from {{ source('landing', 'exposure_consumption') }}
),

renamed as (
    select
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        period,
        evidence_source,
        note,
        data_origin,
        vintage,
        quantity,
        line_number,
    from landed
)

select * from renamed
