with

landed as (
    select * from {{ source('landing', 'exposure_bill_of_materials') }}
),

renamed as (
    select
        graph_id,
        part_id,
        component_id,
        evidence_class,
        evidence_source,
        note,
        data_origin,
        vintage,
        quantity_per_unit,
        input_share_low,
        input_share_central,
        input_share_high,
        line_number,
        is_essential = 'yes' as is_essential,
        evidence_date,
    from landed
)

select * from renamed
