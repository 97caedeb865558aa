with

sources as (
    select * from {{ ref('trade_sources') }}
),

renamed as (
    select
        source_id,
        source_name,
        source_rank,
        series_id,
        procedure,
        partners,
        supplier_scopes,
        code_system,
        frequency,
        currency,
        nomenclature_family,
        mass_basis,
        redistribution,
        note,
        {{ yes_or_no('leaves_goods_out') }} as leaves_goods_out,
        partners = 'all' as has_all_suppliers,
        {{ yes_or_no('has_every_member') }} as has_every_member,
        procedure = 'reconciled' and {{ yes_or_no('has_every_member') }} as has_both_sides,
    from sources
)

select * from renamed
