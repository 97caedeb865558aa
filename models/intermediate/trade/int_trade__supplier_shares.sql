with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
cells as (select * from {{ ref('int_trade__concentration') }}),

valued as (
    select
        cells.cell_number,
        cells.source_id,
        cells.period,
        imports.partner_code,
        imports.partner_kind,
        cast(imports.value_in_currency as double) as value_in_currency,
        cast(imports.value_without_mass as double) as value_without_mass,
        cast(imports.net_mass_kg as double) as net_mass_kg,
        cells.import_value,
        cells.net_mass_kg as total_net_mass_kg,
        nullif(cells.known_value, 0) as known_value,
        nullif(cells.known_net_mass_kg, 0) as known_net_mass_kg,
        imports.partner_kind = 'pseudo_partner' as is_unknown_partner,
    from imports
    inner join cells
        on
            imports.source_id = cells.source_id
            and imports.nomenclature = cells.nomenclature
            and imports.product_code = cells.product_code
            and imports.period = cells.period
            and imports.reporter_code = cells.reporter_code
            and (cells.supplier_scope = 'all' or not imports.is_intra_eu_partner)
),

final as (
    select
        * exclude (
            import_value, total_net_mass_kg, known_value, known_net_mass_kg, is_unknown_partner
        ),
        value_in_currency / import_value as value_share,
        net_mass_kg / nullif(total_net_mass_kg, 0) as mass_share,
        case when not is_unknown_partner then value_in_currency / known_value end
            as value_share_of_known,
        case when not is_unknown_partner then net_mass_kg / known_net_mass_kg end
            as mass_share_of_known,
        -- Known suppliers first, then by value; the code breaks ties.
        row_number() over (
            partition by cell_number
            order by is_unknown_partner, value_in_currency desc, partner_code
        ) as supplier_rank,
    from valued
)

select * from final
