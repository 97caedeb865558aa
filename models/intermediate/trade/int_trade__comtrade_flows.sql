{%- set keys = [
    'source_id', 'frequency', 'nomenclature', 'hs6_code', 'reporter_code', 'partner_code', 'flow',
    'period', 'vintage',
] -%}
{%- set dimensions = comtrade_dimensions() -%}

with

flows as (select * from {{ ref('stg_comtrade__flows') }}),

{{ close_dimensions('flows', keys, dimensions) }},

final as (
    select
        {{ keys | join(', ') }},
        partner_code = 'W00' as is_world,
        cast(value_usd as decimal(24, 3)) as value_usd,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from closed_{{ dimensions | length }}
)

select * from final
