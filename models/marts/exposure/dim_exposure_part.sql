with

parts as (select * from {{ ref('stg_exposure__parts') }}),

final as (
    select parts.* exclude (line_number, vintage)
    from parts
)

select * from final
order by data_origin, graph_id, part_id
