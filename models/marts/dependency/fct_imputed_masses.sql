with

cells as (
    select * from {{ ref('int_trade__concentration') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

imputed_masses as (
    select * from {{ ref('int_trade__imputed_masses') }}
),

-- All suppliers of the cells in which a mass is missing.
cells_with_gaps as (
    select cells.*
    from cells
    semi join imputed_masses
        on
            cells.product_period_number = imputed_masses.product_period_number
            and cells.reporter_code = imputed_masses.reporter_code
    where cells.value_without_mass > 0
),

suppliers as (
    select
        supplier_shares.*,
        imputed_masses.unit_value_count,
        imputed_masses.median_unit_value,
        imputed_masses.imputed_mass_kg,
        imputed_masses.partner_code is not null as is_imputed,
        supplier_shares.partner_kind = 'pseudo_partner' as is_unknown_partner,
        case
            when imputed_masses.partner_code is null then supplier_shares.net_mass_kg
            else
                coalesce(supplier_shares.net_mass_kg, 0)
                + cast(imputed_masses.imputed_mass_kg as double)
        end as completed_mass_kg,
    from supplier_shares
    inner join cells_with_gaps
        on supplier_shares.cell_number = cells_with_gaps.cell_number
    left join imputed_masses
        on
            cells_with_gaps.product_period_number = imputed_masses.product_period_number
            and cells_with_gaps.reporter_code = imputed_masses.reporter_code
            and supplier_shares.partner_code = imputed_masses.partner_code
),

totals as (
    select
        cell_number,
        cast(sum(cast(completed_mass_kg as decimal(38, 9))) as double) as completed_mass_kg,
        cast(
            sum(cast(completed_mass_kg as decimal(38, 9))) filter (where not is_unknown_partner)
            as double
        ) as completed_known_mass_kg,
        bool_and(completed_mass_kg is not null) and sum(completed_mass_kg) > 0 as is_complete,
    from suppliers
    group by cell_number
),

squares as (
    select
        suppliers.cell_number,
        {{ sum_of_squared_shares(
            'suppliers.completed_mass_kg / nullif(totals.completed_known_mass_kg, 0)',
            'not suppliers.is_unknown_partner'
        ) }} as hhi_mass_imputed,
    from suppliers
    inner join totals
        on suppliers.cell_number = totals.cell_number
    where totals.is_complete
    group by suppliers.cell_number
),

final as (
    select
        suppliers.cell_number,
        suppliers.supplier_rank,
        cells.reporter_code,
        cells.supplier_scope,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        suppliers.partner_code as partner_iso3,
        case
            when suppliers.unit_value_count = 0
                then 'no supplier of the reporter has a mass from which a unit value follows'
            when not totals.is_complete
                then 'the mass of another supplier of the cell can not be imputed'
        end as missing_reason,
        cast(suppliers.unit_value_count as integer) as unit_value_count,
        {{ significant(
            in_eur('suppliers.median_unit_value', 'cells.currency', 'cells.usd_per_eur')
        ) }} as median_unit_value_eur_per_kg,
        {{ significant(
            in_eur('suppliers.value_without_mass', 'cells.currency', 'cells.usd_per_eur')
        ) }} as value_without_mass_eur,
        {{ significant('suppliers.net_mass_kg') }} as net_mass_kg,
        {{ significant('suppliers.imputed_mass_kg') }} as imputed_mass_kg,
        {{ significant('suppliers.mass_share') }} as mass_share,
        case when totals.is_complete
            then
                {{ significant(
                    'suppliers.completed_mass_kg / nullif(totals.completed_mass_kg, 0)'
                ) }}
        end as mass_share_imputed,
        {{ significant('cells.net_mass_kg') }} as cell_net_mass_kg,
        case when totals.is_complete then {{ significant('totals.completed_mass_kg') }} end
            as cell_mass_with_imputed_kg,
        {{ significant('squares.hhi_mass_imputed') }} as cell_hhi_mass_imputed,
    from suppliers
    inner join cells
        on suppliers.cell_number = cells.cell_number
    inner join totals
        on suppliers.cell_number = totals.cell_number
    left join squares
        on suppliers.cell_number = squares.cell_number
    where suppliers.is_imputed
)

-- Cells are numbered by reporter, product, source, nomenclature, period and scope; those of a bulk
-- source period by period.
select * exclude (cell_number, supplier_rank) from final
order by cell_number, supplier_rank
