{{ config(materialized='table') }}

with

concentration as (
    select * from {{ ref('int_trade__concentration') }}
),

exports as (
    select * from {{ ref('int_trade__exports') }}
),

-- Yearly figures: definitions are yearly.
yearly as (
    select *
    from concentration
    where frequency = 'annual'
),

-- A reporter buys "its imports" from all, the EU27 as a whole from outside itself.
reporters as (
    select
        yearly.reporter_code,
        yearly.source_id,
        yearly.nomenclature,
        yearly.product_code,
        yearly.period,
        case when yearly.reporter_code = 'EU27' then 'extra_eu' else 'all' end as own_scope,
        any_value(yearly.extra_eu_import_value_eur) as extra_eu_import_value_eur,
        any_value(yearly.intra_eu_import_value_eur) as intra_eu_import_value_eur,
        any_value(yearly.currency) as currency,
        any_value(yearly.usd_per_eur) as usd_per_eur,
        any_value(yearly.coverage) as coverage,
        bool_or(yearly.is_eu_reporter) as is_eu_reporter,
    from yearly
    group by
        yearly.reporter_code,
        yearly.source_id,
        yearly.nomenclature,
        yearly.product_code,
        yearly.period
),

-- A source that tells exports tells that there are none.
exporting_sources as (
    select distinct source_id
    from exports
),

scopes as (
    select
        reporters.reporter_code,
        reporters.source_id,
        reporters.nomenclature,
        reporters.product_code,
        reporters.period,
        reporters.own_scope,
        reporters.coverage,
        reporters.is_eu_reporter,
        reporters.extra_eu_import_value_eur,
        reporters.intra_eu_import_value_eur,
        extra.hhi as extra_eu_hhi,
        extra.hhi_low as extra_eu_hhi_low,
        extra.hhi_high as extra_eu_hhi_high,
        extra.top_share as extra_eu_top_share,
        extra.unknown_share as extra_eu_unknown_share,
        extra.import_value_eur as extra_eu_total_eur,
        own.hhi as own_hhi,
        own.hhi_low as own_hhi_low,
        own.hhi_high as own_hhi_high,
        own.import_value_eur as own_import_value_eur,
        own.unknown_share as own_unknown_share,
        {{ in_eur('exports.export_value', 'reporters.currency', 'reporters.usd_per_eur') }}
            as export_value_eur,
        {{ in_eur('exports.extra_eu_export_value', 'reporters.currency', 'reporters.usd_per_eur') }}
            as extra_eu_export_value_eur,
        exporting_sources.source_id is not null as has_exports,
    from reporters
    left join yearly as extra
        on
            reporters.reporter_code = extra.reporter_code
            and reporters.source_id = extra.source_id
            and reporters.nomenclature = extra.nomenclature
            and reporters.product_code = extra.product_code
            and reporters.period = extra.period
            and extra.supplier_scope = 'extra_eu'
    left join yearly as own
        on
            reporters.reporter_code = own.reporter_code
            and reporters.source_id = own.source_id
            and reporters.nomenclature = own.nomenclature
            and reporters.product_code = own.product_code
            and reporters.period = own.period
            and reporters.own_scope = own.supplier_scope
    left join exports
        on
            reporters.reporter_code = exports.exporter_code
            and reporters.source_id = exports.source_id
            and reporters.nomenclature = exports.nomenclature
            and reporters.product_code = exports.product_code
            and reporters.period = exports.period
    left join exporting_sources
        on reporters.source_id = exporting_sources.source_id
),

final as (
    select
        *,
        -- The sources that see the border see both sides of it: no row means no trade.
        case
            when coalesce(extra_eu_import_value_eur, intra_eu_import_value_eur) is not null
                then coalesce(extra_eu_import_value_eur, 0)
        end as extra_eu_border_eur,
        case
            when coalesce(extra_eu_import_value_eur, intra_eu_import_value_eur) is not null
                then coalesce(intra_eu_import_value_eur, 0)
        end as intra_eu_border_eur,
        case when has_exports then coalesce(export_value_eur, 0) end as exports_eur,
        case
            when reporter_code = 'EU27' or extra_eu_hhi is not null
                then case when has_exports then coalesce(extra_eu_export_value_eur, 0) end
        end as extra_eu_exports_eur,
    from scopes
)

select * from final
