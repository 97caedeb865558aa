with

cells as (
    select * from {{ ref('int_trade__cells') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

final as (
    select
        supplier_shares.cell_number,
        supplier_shares.supplier_rank as rank_in_cell,
        cells.reporter_code,
        cells.supplier_scope,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        supplier_shares.partner_code as partner_iso3,
        supplier_shares.partner_kind,
        cells.frequency,
        cast(
            case
                when supplier_shares.partner_kind <> 'pseudo_partner'
                    then supplier_shares.supplier_rank
            end as integer
        ) as supplier_rank,
        {{ significant(
            in_eur('supplier_shares.value_in_currency', 'cells.currency', 'cells.usd_per_eur')
        ) }} as import_value_eur,
        {{ significant('supplier_shares.net_mass_kg') }} as net_mass_kg,
        {{ significant('supplier_shares.value_share') }} as value_share,
        {{ significant('supplier_shares.mass_share') }} as mass_share,
    from supplier_shares
    inner join cells
        on supplier_shares.cell_number = cells.cell_number
)

-- Cells are numbered by reporter, product, source, nomenclature, period and scope.
select * exclude (cell_number, rank_in_cell) from final
order by cell_number, rank_in_cell
