with

metric_cards as (
    select * from {{ ref('metric_cards') }}
),

renamed as (
    select
        metric_id,
        metric_name,
        relation_name,
        column_name,
        formula,
        unit,
        value_range,
        edge_cases,
        source,
        source_section,
        limitations,
    from metric_cards
)

select * from renamed
