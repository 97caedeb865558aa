{{ config(materialized='table') }}

with

cells as (
    select * from {{ ref('int_dependency__cells') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

exports as (
    select * from {{ ref('int_trade__exports') }}
),

conditions as (
    select * from {{ ref('stg_reference__dependency_conditions') }}
),

product_networks as (
    select * from {{ ref('int_trade__product_networks') }}
),

-- A share of the world market of a product, by exporter; members count one by one.
export_totals as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        sum(export_value) as world_export_value,
    from exports
    where exporter_code <> 'EU27'
    group by all
    having sum(export_value) > 0
),

world_exports as (
    select
        exports.source_id,
        exports.nomenclature,
        exports.product_code,
        exports.period,
        {{ sum_of_squared_shares(
            'cast(exports.export_value as double) / cast(export_totals.world_export_value as double)'
        ) }} as world_export_hhi,
        max(exports.coverage) as coverage,
    from exports
    inner join export_totals
        on
            exports.source_id = export_totals.source_id
            and exports.nomenclature = export_totals.nomenclature
            and exports.product_code = export_totals.product_code
            and exports.period = export_totals.period
    where exports.exporter_code <> 'EU27' and exports.export_value > 0
    group by exports.source_id, exports.nomenclature, exports.product_code, exports.period
),

-- Shares of the partners that definitions name.
named_partners as (
    select distinct partner_iso3
    from conditions
    where partner_iso3 is not null
),

named_shares as (
    select
        supplier_shares.reporter_code,
        supplier_shares.source_id,
        supplier_shares.nomenclature,
        supplier_shares.product_code,
        supplier_shares.period,
        supplier_shares.supplier_scope,
        supplier_shares.partner_code,
        supplier_shares.value_share,
        supplier_shares.import_value_eur,
    from supplier_shares
    semi join named_partners
        on supplier_shares.partner_code = named_partners.partner_iso3
),

partner_figures as (
    select
        cells.*,
        named_partners.partner_iso3,
        coalesce(extra.value_share, 0) as partner_extra_eu_share,
        coalesce(own.value_share, 0) as partner_own_share,
        coalesce(extra.import_value_eur, own.import_value_eur, 0) as partner_import_value_eur,
    from cells
    cross join named_partners
    left join named_shares as extra
        on
            cells.reporter_code = extra.reporter_code
            and cells.source_id = extra.source_id
            and cells.nomenclature = extra.nomenclature
            and cells.product_code = extra.product_code
            and cells.period = extra.period
            and named_partners.partner_iso3 = extra.partner_code
            and extra.supplier_scope = 'extra_eu'
    left join named_shares as own
        on
            cells.reporter_code = own.reporter_code
            and cells.source_id = own.source_id
            and cells.nomenclature = own.nomenclature
            and cells.product_code = own.product_code
            and cells.period = own.period
            and named_partners.partner_iso3 = own.partner_code
            and cells.own_scope = own.supplier_scope
    where cells.reporter_code <> named_partners.partner_iso3
),

unioned as (
    {{ dependency_indicator(
        'cdi1', 'extra_eu_hhi', 'cells', low='extra_eu_hhi_low', high='extra_eu_hhi_high'
    ) }}
    union all
    {{ dependency_indicator(
        'cdi2',
        'extra_eu_border_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
        'cells'
    ) }}
    union all
    {{ dependency_indicator(
        'cdi3_extra_eu_exports', ratio_or_infinity('extra_eu_total_eur', 'extra_eu_exports_eur'), 'cells'
    ) }}
    union all
    {{ dependency_indicator(
        'cdi3_all_exports',
        ratio_or_infinity('extra_eu_total_eur', 'exports_eur'),
        'cells',
    ) }}
    union all
    {{ dependency_indicator(
        'import_hhi', 'own_hhi', 'cells', low='own_hhi_low', high='own_hhi_high'
    ) }}
    union all
    {{ dependency_indicator(
        'import_export_ratio',
        ratio_or_infinity(
            'own_import_value_eur',
            "case when reporter_code = 'EU27' then extra_eu_exports_eur else exports_eur end"
        ),
        'cells',
    ) }}
    union all
    {{ dependency_indicator(
        'top_supplier_share_extra_eu',
        'extra_eu_top_share',
        'cells',
        high=share_or_more('extra_eu_top_share', 'extra_eu_unknown_share')
    ) }}
    union all
    select
        cells.reporter_code,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        'world_export_hhi' as indicator_id,
        world_exports.world_export_hhi as value,
        case when world_exports.coverage is null then world_exports.world_export_hhi end
            as value_low,
        case when world_exports.coverage is null then world_exports.world_export_hhi end
            as value_high,
    from cells
    inner join world_exports
        on
            cells.source_id = world_exports.source_id
            and cells.nomenclature = world_exports.nomenclature
            and cells.product_code = world_exports.product_code
            and cells.period = world_exports.period
    union all
    select
        cells.reporter_code,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        'fragile_network_parts' as indicator_id,
        product_networks.fragile_parts as value,
        product_networks.fragile_parts as value_low,
        product_networks.fragile_parts as value_high,
    from cells
    inner join product_networks
        on
            cells.source_id = product_networks.source_id
            and cells.nomenclature = product_networks.nomenclature
            and cells.product_code = product_networks.product_code
            and cells.period = product_networks.period
    where cells.is_eu_reporter
    union all
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_extra_eu'",
        'case when extra_eu_total_eur > 0 then partner_extra_eu_share end',
        'partner_figures',
        high=share_or_more('partner_extra_eu_share', 'extra_eu_unknown_share'),
        is_expression=true
    ) }}
    union all
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_of_imports'",
        'case when own_import_value_eur > 0 then partner_own_share end',
        'partner_figures',
        high=share_or_more('partner_own_share', 'own_unknown_share'),
        is_expression=true
    ) }}
    union all
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_extra_and_intra_eu'",
        'partner_import_value_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
        'partner_figures',
        high=share_or_more(
            'partner_import_value_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
            'coalesce(extra_eu_unknown_share * extra_eu_total_eur, 0)'
            ~ ' / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)'
        ),
        is_expression=true
    ) }}
),

final as (
    select *
    from unioned
    where coalesce(value, value_low, value_high) is not null
)

select * from final
