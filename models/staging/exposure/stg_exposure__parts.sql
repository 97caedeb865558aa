with

landed as (
    select * from {{ source('landing', 'exposure_parts') }}
),

renamed as (
    select
        graph_id,
        part_id,
        part_name,
        part_kind,
        material,
        product_code,
        unit,
        evidence_source,
        note,
        data_origin,
        vintage,
        line_number,
        is_bom_complete = 'yes' as is_bom_complete,
        as_of_date,
    from landed
)

select * from renamed
