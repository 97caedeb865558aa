with

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code as partner_iso3,
        partner_kind,
        frequency,
        cast(case when partner_kind <> 'pseudo_partner' then supplier_rank end as integer)
            as supplier_rank,
        {{ significant('import_value_eur') }} as import_value_eur,
        {{ significant('net_mass_kg') }} as net_mass_kg,
        {{ significant('value_share') }} as value_share,
        {{ significant('mass_share') }} as mass_share,
    from supplier_shares
)

select * from final
order by reporter_code, product_code, source_id, nomenclature, period, supplier_scope, supplier_rank
