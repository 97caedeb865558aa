with

landed as (
    select * from {{ source('landing', 'exposure_stock_positions') }}
),

renamed as (
    select
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        evidence_source,
        note,
        data_origin,
        vintage,
        quantity,
        line_number,
        as_of_date,
    from landed
)

select * from renamed
