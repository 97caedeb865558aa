with

sources as (
    select * from {{ ref('stg_reference__trade_sources') }}
),

final as (
    select
        source_id,
        source_name,
        source_rank,
        series_id,
        procedure,
        leaves_goods_out,
        has_all_suppliers,
        note,
        {{ is_bulk_source('source_id') }} as is_bulk,
        partners,
        supplier_scopes,
        has_every_member,
        has_both_sides,
        frequency,
        currency,
        nomenclature_family,
        mass_basis,
        redistribution,
    from sources
)

select * from final
order by source_rank
