with

sources as (select * from {{ ref('stg_reference__trade_sources') }}),

final as (
    select
        sources.* exclude (code_system),
        {{ is_bulk_source('source_id') }} as is_bulk,
    from sources
)

select * from final
order by source_rank
