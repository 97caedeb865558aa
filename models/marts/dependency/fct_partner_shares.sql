with

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

final as (
    select
        cell_number,
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

-- Cells are numbered by reporter, product, source, nomenclature, period and scope.
select * exclude (cell_number) from final
order by cell_number, supplier_rank
