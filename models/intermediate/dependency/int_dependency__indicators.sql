with

cells as (select * from {{ ref('int_dependency__cells') }}),
exports as (select * from {{ ref('int_trade__exports') }}),
product_networks as (select * from {{ ref('int_trade__product_networks') }}),
partner_indicators as (select * from {{ ref('int_dependency__partner_indicators') }}),
other_readings as (select * from {{ ref('int_dependency__other_readings') }}),

-- A share of the world market of a product, by exporter; members count one by one.
export_totals as (
    select
        product_period_number,
        sum(export_value) as world_export_value,
    from exports
    where exporter_code <> 'EU27'
    group by product_period_number
    having sum(export_value) > 0
),

world_exports as (
    select
        exports.product_period_number,
        {{ sum_of_squared_shares(
            'cast(exports.export_value as double) / cast(export_totals.world_export_value as double)'
        ) }} as world_export_hhi,
        max(exports.coverage) as coverage,
    from exports
    inner join export_totals
        on exports.product_period_number = export_totals.product_period_number
    where exports.exporter_code <> 'EU27' and exports.export_value > 0
    group by exports.product_period_number
),

unioned as (
    {{ dependency_indicator(
        'cdi1', 'extra_eu_hhi', 'cells', low='extra_eu_hhi_low', high='extra_eu_hhi_high'
    ) }}
    union all
    {{ dependency_indicator(
        'cdi2',
        'extra_eu_border_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
        'cells',
        low='(extra_eu_border_eur - coalesce(extra_eu_unknown_share * extra_eu_total_eur, 0))'
        ~ ' / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)'
    ) }}
    union all
    -- Imports over exports; no exports at all make it infinite, unknown exports leave it unknown.
    {%- set own_exports
        = "case when reporter_code = 'EU27' then extra_eu_exports_eur else exports_eur end" %}
    {%- for name, imports, exports in [
        ('cdi3_extra_eu_exports', 'extra_eu_total_eur', 'extra_eu_exports_eur'),
        ('cdi3_all_exports', 'extra_eu_total_eur', 'exports_eur'),
        ('import_export_ratio', 'own_import_value_eur', own_exports),
    ] %}
    {%- set ratio -%}
        case
            when ({{ exports }}) = 0 and {{ imports }} > 0 then cast('infinity' as double)
            else {{ imports }} / nullif({{ exports }}, 0)
        end
    {%- endset %}
    {{ dependency_indicator(name, ratio, 'cells') }}
    union all
    {%- endfor %}
    {{ dependency_indicator(
        'import_hhi', 'own_hhi', 'cells', low='own_hhi_low', high='own_hhi_high'
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
        cells.product_period_number,
        cells.reporter_code,
        'world_export_hhi' as indicator_id,
        world_exports.world_export_hhi as value,
        case when world_exports.coverage is null then world_exports.world_export_hhi end
            as value_low,
        case when world_exports.coverage is null then world_exports.world_export_hhi end
            as value_high,
    from cells
    inner join world_exports
        on cells.product_period_number = world_exports.product_period_number
    union all
    select
        cells.product_period_number,
        cells.reporter_code,
        'fragile_network_parts' as indicator_id,
        product_networks.fragile_parts as value,
        product_networks.fragile_parts as value_low,
        product_networks.fragile_parts as value_high,
    from cells
    inner join product_networks
        using (source_id, nomenclature, product_code, period)
    where cells.is_eu_reporter
    union all
    select * from partner_indicators
),

-- Where another source contradicts the cell, a value lies where either of them has it.
bounded as (
    select
        unioned.*,
        other_readings.other_low,
        other_readings.other_high,
    from unioned
    left join other_readings
        using (product_period_number, reporter_code, indicator_id)
),

final as (
    select
        * exclude (other_low, other_high) replace (
            if(other_low is null, value_low, least(coalesce(value_low, value), other_low))
                as value_low,
            if(other_high is null, value_high, greatest(coalesce(value_high, value), other_high))
                as value_high
        ),
        other_low is not null as is_contradicted,
    from bounded
    where coalesce(value, value_low, value_high) is not null
)

select * from final
