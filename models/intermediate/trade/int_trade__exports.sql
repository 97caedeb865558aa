with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),

flows as (
    select * from {{ ref('int_trade__flows') }}
    where source_id = 'baci_eu27_figures'
),

product_periods as (select * from {{ ref('int_trade__product_periods') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- In a reconciled source an import of one side is the export of the other.
countries as (
    select
        product_periods.product_period_number,
        imports.partner_code as exporter_code,
        sum(imports.value_in_currency) as export_value,
        sum(imports.value_in_currency) filter (where not imports.is_eu_reporter)
            as value_to_outside_eu,
        bool_or(imports.is_intra_eu_partner) as is_eu_exporter,
    from imports
    inner join product_periods
        using (source_id, nomenclature, product_code, period)
    where
        {{ is_source_with('product_periods.source_id', 'has_both_sides') }}
        and imports.reporter_code <> 'EU27'
    group by product_periods.product_period_number, imports.partner_code
),

from_reconciled as (
    select
        product_period_number,
        exporter_code,
        cast(null as varchar) as coverage,
        export_value,
        case when is_eu_exporter then coalesce(value_to_outside_eu, 0) end as extra_eu_export_value,
    from countries
    union all
    select
        product_period_number,
        'EU27' as exporter_code,
        cast(null as varchar) as coverage,
        sum(export_value) as export_value,
        coalesce(sum(value_to_outside_eu), 0) as extra_eu_export_value,
    from countries
    where is_eu_exporter
    group by product_period_number
),

-- In the aggregates of the EU27 exports stand by themselves, trade between members once, and the
-- world's by exporter. Of exports to the world as one total it is not known what leaves the EU.
from_aggregates as (
    select
        product_periods.product_period_number,
        flows.reporter_code as exporter_code,
        max(flows.coverage) as coverage,
        sum(flows.value_in_currency) as export_value,
        case
            when
                bool_or(flows.reporter_code = 'EU27' or exporters.member_iso3 is not null)
                and bool_and(flows.partner_code <> 'WLD')
                then
                    coalesce(
                        sum(flows.value_in_currency)
                            filter (where flows.flow = 'export' and importers.member_iso3 is null),
                        0
                    )
        end as extra_eu_export_value,
    from flows
    inner join product_periods
        using (source_id, nomenclature, product_code, period)
    left join members as exporters
        on flows.reporter_code = exporters.member_iso3
    left join members as importers
        on flows.partner_code = importers.member_iso3
    where flows.flow = 'export' or flows.partner_kind = 'intra_eu'
    group by product_periods.product_period_number, flows.reporter_code
),

final as (
    select * from from_reconciled
    union all
    select * from from_aggregates
)

select * from final
