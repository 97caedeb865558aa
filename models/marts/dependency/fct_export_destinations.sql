with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),

flows as (
    select * from {{ ref('int_trade__flows') }}
    where source_id = 'baci_eu27_figures'
),

product_periods as (select * from {{ ref('int_trade__product_periods') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- In a reconciled source an import of one side is the export of the other.
from_reconciled as (
    select
        product_periods.product_period_number,
        imports.reporter_code as partner_iso3,
        sum(imports.value_in_currency) as export_value,
        sum(imports.net_mass_kg) as net_mass_kg,
    from imports
    inner join product_periods
        using (source_id, nomenclature, product_code, period)
    where
        {{ is_source_with('product_periods.source_id', 'has_both_sides') }}
        and imports.is_intra_eu_partner
        and not imports.is_eu_reporter
    group by product_periods.product_period_number, imports.reporter_code
),

-- The aggregates of the EU27 have exports by themselves.
from_aggregates as (
    select
        product_periods.product_period_number,
        flows.partner_code as partner_iso3,
        max(flows.coverage) as coverage,
        sum(flows.value_in_currency) as export_value,
        sum(flows.net_mass_kg) as net_mass_kg,
    from flows
    inner join product_periods
        using (source_id, nomenclature, product_code, period)
    left join members
        on flows.partner_code = members.member_iso3
    where
        flows.flow = 'export'
        and flows.reporter_code = 'EU27'
        and flows.partner_code <> 'WLD'
        and members.member_iso3 is null
    group by product_periods.product_period_number, flows.partner_code
),

destinations as (
    select * from from_reconciled
    union all by name
    select * from from_aggregates
),

final as (
    select
        'EU27' as reporter_code,
        product_periods.source_id,
        product_periods.nomenclature,
        product_periods.product_code,
        product_periods.period,
        destinations.partner_iso3,
        product_periods.frequency,
        destinations.coverage,
        {{ significant(in_eur(
            'destinations.export_value', 'product_periods.currency', 'product_periods.usd_per_eur'
        )) }} as export_value_eur,
        cast(destinations.net_mass_kg as double) as net_mass_kg,
        {{ significant(
            'cast(destinations.export_value as double) / cast(sum(destinations.export_value) over '
            ~ '(partition by destinations.product_period_number) as double)'
        ) }} as value_share,
    from destinations
    inner join product_periods
        on destinations.product_period_number = product_periods.product_period_number
    where destinations.export_value > 0
)

select * from final
order by source_id, nomenclature, product_code, period, partner_iso3
