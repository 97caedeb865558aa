with

sources as (select * from {{ ref('trade_sources') }}),

renamed as (
    select
        sources.* exclude (has_every_member),
        left_out is not null as leaves_goods_out,
        partners = 'all' as has_all_suppliers,
        {{ yes_or_no('has_every_member') }} as has_every_member,
        procedure = 'reconciled' and {{ yes_or_no('has_every_member') }} as has_both_sides,
    from sources
)

select * from renamed
