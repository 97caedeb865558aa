with

landed as (
    select * from {{ source('landing', 'exposure_supplier_links') }}
),

renamed as (
    select
        graph_id,
        part_id,
        site_id,
        evidence_class,
        evidence_source,
        note,
        data_origin,
        vintage,
        supply_share_low,
        supply_share_central,
        supply_share_high,
        line_number,
        evidence_date,
    from landed
)

select * from renamed
