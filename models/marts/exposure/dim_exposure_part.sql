with

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

final as (
    select
        data_origin,
        graph_id,
        part_id,
        part_name,
        part_kind,
        material,
        product_code,
        unit,
        evidence_source,
        note,
        is_bom_complete,
        as_of_date,
    from parts
)

select * from final
order by data_origin, graph_id, part_id
