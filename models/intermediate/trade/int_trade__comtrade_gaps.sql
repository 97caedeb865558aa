{%- set keys = [
    'source_id', 'frequency', 'nomenclature', 'hs6_code', 'reporter_code', 'partner_code', 'flow',
    'period', 'vintage',
] -%}
{%- set dimensions = comtrade_dimensions() -%}

with

flows as (select * from {{ ref('stg_comtrade__flows') }}),
closed_flows as (select * from {{ ref('int_trade__comtrade_flows') }}),

{{ close_dimensions('flows', keys, dimensions) }},

partner_sums as (
    select
        source_id,
        nomenclature,
        hs6_code,
        reporter_code,
        flow,
        period,
        sum(value_usd) filter (is_world) as total_value_usd,
        sum(value_usd) filter (not is_world) as parts_value_usd,
    from closed_flows
    group by source_id, nomenclature, hs6_code, reporter_code, flow, period
),

compared as (
    {%- for dimension, total in dimensions | reverse %}
    select
        source_id,
        nomenclature,
        hs6_code,
        reporter_code,
        partner_code,
        flow,
        period,
        '{{ dimension }}' as dimension,
        total_value_usd,
        parts_value_usd,
    from split_{{ loop.index }}
    union all
    {%- endfor %}
    select
        source_id,
        nomenclature,
        hs6_code,
        reporter_code,
        'W00' as partner_code,
        flow,
        period,
        'partner_code' as dimension,
        total_value_usd,
        parts_value_usd,
    from partner_sums
),

summed as (
    select
        source_id,
        nomenclature,
        hs6_code,
        reporter_code,
        partner_code,
        flow,
        period,
        dimension,
        cast(sum(total_value_usd) as decimal(24, 3)) as total_value_usd,
        cast(sum(parts_value_usd) as decimal(24, 3)) as parts_value_usd,
    from compared
    where total_value_usd is not null and parts_value_usd is not null
    group by all
),

-- Figures are given to the dollar or better: what rounding cannot explain is a gap.
final as (
    select
        *,
        cast(parts_value_usd - total_value_usd as decimal(24, 3)) as gap_usd,
    from summed
    where abs(parts_value_usd - total_value_usd) > greatest(1, 0.001 * total_value_usd)
)

select * from final
