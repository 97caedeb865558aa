with

landed as (
    select * from {{ source('landing', 'exposure_open_orders') }}
),

renamed as (
    select
        graph_id,
        order_id,
        site_id,
        part_id,
        quantity_basis,
        supplier_site_id,
        licence_status,
        licence_material,
        evidence_source,
        note,
        data_origin,
        vintage,
        quantity,
        transit_days,
        line_number,
        promised_date,
        licence_accepted_date,
        as_of_date,
    from landed
)

select * from renamed
