with

sources as (
    select * from {{ ref('stg_reference__trade_sources') }}
),

final as (
    select
        source_id,
        source_rank,
        procedure,
        leaves_goods_out,
        has_all_suppliers,
        note,
    from sources
)

select * from final
order by source_rank
