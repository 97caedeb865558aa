with

flows as (
    select * from {{ ref('int_trade__flows') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

-- In a reconciled source an import of one side is the export of the other. In the aggregates of the
-- EU27 exports stand by themselves, trade between members once, and the world's by exporter.
sides as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code as exporter_code,
        reporter_code as importer_code,
        cast(null as varchar) as coverage,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
    from flows
    where source_id = 'baci_hs92_bilateral' and reporter_code <> partner_code
    union all
    select
        source_id,
        nomenclature,
        product_code,
        period,
        reporter_code as exporter_code,
        partner_code as importer_code,
        coverage,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
    from flows
    where source_id = 'baci_eu27_figures' and flow = 'export'
    union all
    select
        source_id,
        nomenclature,
        product_code,
        period,
        reporter_code as exporter_code,
        'EU27_MEMBERS' as importer_code,
        coverage,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
    from flows
    where source_id = 'baci_eu27_figures' and flow = 'import' and partner_kind = 'intra_eu'
),

marked as (
    select
        sides.*,
        sides.exporter_code = 'EU27' or exporters.member_iso3 is not null as is_eu_exporter,
        sides.importer_code = 'EU27_MEMBERS' or importers.member_iso3 is not null as is_eu_importer,
    from sides
    left join members as exporters
        on sides.exporter_code = exporters.member_iso3
    left join members as importers
        on sides.importer_code = importers.member_iso3
),

-- The EU27 as one exporter, where the source has its members.
exporters_and_eu27 as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        exporter_code,
        importer_code,
        coverage,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
        is_eu_exporter,
        is_eu_importer,
    from marked
    union all
    select
        source_id,
        nomenclature,
        product_code,
        period,
        'EU27' as exporter_code,
        importer_code,
        coverage,
        currency,
        usd_per_eur,
        value_in_currency,
        net_mass_kg,
        is_eu_exporter,
        is_eu_importer,
    from marked
    where is_eu_exporter and exporter_code <> 'EU27' and source_id = 'baci_hs92_bilateral'
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        exporter_code,
        max(coverage) as coverage,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        sum(value_in_currency) as export_value,
        sum(net_mass_kg) as export_net_mass_kg,
        -- Of exports to the world as one total it is not known what leaves the EU.
        case
            when bool_or(is_eu_exporter) and bool_and(importer_code <> 'WLD')
                then coalesce(sum(value_in_currency) filter (where not is_eu_importer), 0)
        end as extra_eu_export_value,
        bool_or(is_eu_exporter) as is_eu_exporter,
    from exporters_and_eu27
    group by source_id, nomenclature, product_code, period, exporter_code
)

select * from final
