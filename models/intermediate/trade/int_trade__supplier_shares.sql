{{ config(materialized='table') }}

with

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- Which sources can answer "from all suppliers" and which "from outside the EU" differs:
-- the EU27 aggregates give trade between members as one total, and the chips table names
-- only five suppliers, so that what is extra-EU cannot be told.
scoped as (
    select
        'extra_eu' as supplier_scope,
        *,
    from imports_by_supplier
    where is_eu_reporter and not is_intra_eu_partner and source_id <> 'baci_chips_hs8542'
    union all
    select
        'all' as supplier_scope,
        *,
    from imports_by_supplier
    where source_id not in ('baci_eu27_figures', 'comext_cn8_imports')
),

totals as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        sum(value_in_currency) as total_value,
        sum(value_in_currency) filter (where partner_kind <> 'pseudo_partner') as known_value,
        sum(net_mass_kg) as total_mass_kg,
        sum(net_mass_kg) filter (where partner_kind <> 'pseudo_partner') as known_mass_kg,
    from scoped
    group by all
    having sum(value_in_currency) > 0
),

-- Numbered in the order of the marts: the steps below group, rank and sort by one number and not by
-- six texts.
cells as (
    select
        *,
        row_number() over (
            order by reporter_code, product_code, source_id, nomenclature, period, supplier_scope
        ) as cell_number,
    from totals
),

shares as (
    select
        cells.cell_number,
        scoped.reporter_code,
        scoped.supplier_scope,
        scoped.source_id,
        scoped.nomenclature,
        scoped.product_code,
        scoped.period,
        scoped.partner_code,
        scoped.partner_kind,
        scoped.frequency,
        scoped.currency,
        scoped.coverage,
        scoped.usd_per_eur,
        scoped.is_eu_reporter,
        scoped.value_in_currency,
        scoped.value_without_mass,
        scoped.net_mass_kg,
        {{ in_eur('scoped.value_in_currency', 'scoped.currency', 'scoped.usd_per_eur') }}
            as import_value_eur,
        cast(scoped.value_in_currency as double)
        / cast(cells.total_value as double) as value_share,
        cast(scoped.net_mass_kg as double)
        / nullif(cast(cells.total_mass_kg as double), 0) as mass_share,
        case
            when scoped.partner_kind <> 'pseudo_partner'
                then
                    cast(scoped.value_in_currency as double)
                    / nullif(cast(cells.known_value as double), 0)
        end as value_share_of_known,
        case
            when scoped.partner_kind <> 'pseudo_partner'
                then
                    cast(scoped.net_mass_kg as double)
                    / nullif(cast(cells.known_mass_kg as double), 0)
        end as mass_share_of_known,
        -- Known suppliers first, then by value; the code breaks ties.
        row_number() over (
            partition by cells.cell_number
            order by
                scoped.partner_kind = 'pseudo_partner',
                scoped.value_in_currency desc,
                scoped.partner_code
        ) as supplier_rank,
    from scoped
    inner join cells
        on
            scoped.reporter_code = cells.reporter_code
            and scoped.supplier_scope = cells.supplier_scope
            and scoped.source_id = cells.source_id
            and scoped.nomenclature = cells.nomenclature
            and scoped.product_code = cells.product_code
            and scoped.period = cells.period
)

select * from shares
