with

concentration as (select * from {{ ref('int_trade__concentration') }}),
exports as (select * from {{ ref('int_trade__exports') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),

-- Yearly figures: definitions are yearly. A reporter buys "its imports" from all, the EU27 as a
-- whole from outside itself.
yearly as (
    select
        *,
        supplier_scope = 'extra_eu' as is_extra_eu,
        supplier_scope = case when reporter_code = 'EU27' then 'extra_eu' else 'all' end as is_own,
    from concentration
    where frequency = 'annual'
),

reporters as (
    select
        product_period_number,
        reporter_code,
        any_value(source_id) as source_id,
        any_value(series_id) as series_id,
        bool_or(is_of_series) as is_of_series,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        max(coverage) as coverage,
        bool_or(is_eu_reporter) as is_eu_reporter,
        any_value(extra_eu_import_value_eur) as extra_eu_side_eur,
        any_value(intra_eu_import_value_eur) as intra_eu_side_eur,
        any_value(import_value_eur) filter (where is_extra_eu) as extra_eu_total_eur,
        any_value(top_share) filter (where is_extra_eu) as extra_eu_top_share,
        any_value(import_value_eur) filter (where is_own) as own_import_value_eur,
        {%- for name, condition in [('extra_eu', 'is_extra_eu'), ('own', 'is_own')] %}
        {%- for column in ['cell_number', 'hhi', 'hhi_low', 'hhi_high', 'unknown_share'] %}
        any_value({{ column }}) filter (where {{ condition }}) as {{ name }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
    from yearly
    group by product_period_number, reporter_code
),

-- A source that tells exports tells that there are none.
exporting_sources as (
    select distinct product_periods.source_id
    from exports
    inner join product_periods
        on exports.product_period_number = product_periods.product_period_number
),

valued as (
    select
        reporters.*,
        {{ in_eur('exports.export_value', 'reporters.currency', 'reporters.usd_per_eur') }}
            as export_value_eur,
        {{ in_eur('exports.extra_eu_export_value', 'reporters.currency', 'reporters.usd_per_eur') }}
            as extra_eu_export_value_eur,
        exporting_sources.source_id is not null as has_exports,
        coalesce(reporters.extra_eu_side_eur, reporters.intra_eu_side_eur) is not null
            as has_border,
    from reporters
    left join exports
        on
            reporters.product_period_number = exports.product_period_number
            and reporters.reporter_code = exports.exporter_code
    left join exporting_sources
        on reporters.source_id = exporting_sources.source_id
),

final as (
    select
        *,
        -- The sources that see the border see both sides of it: no row means no trade.
        case when has_border then coalesce(extra_eu_side_eur, 0) end
            as extra_eu_border_eur,
        case when has_border then coalesce(intra_eu_side_eur, 0) end
            as intra_eu_border_eur,
        case when has_exports then coalesce(export_value_eur, 0) end as exports_eur,
        case
            when has_exports and (reporter_code = 'EU27' or extra_eu_hhi is not null)
                then coalesce(extra_eu_export_value_eur, 0)
        end as extra_eu_exports_eur,
    from valued
)

select * from final
