with

sources as (
    select * from {{ ref('trade_sources') }}
),

renamed as (
    select
        source_id,
        source_rank,
        procedure,
        {{ yes_or_no('leaves_goods_out') }} as leaves_goods_out,
        {{ yes_or_no('has_all_suppliers') }} as has_all_suppliers,
        note,
    from sources
)

select * from renamed
