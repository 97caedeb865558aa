{#
    The dimensions by which UN Comtrade breaks a flow down, and the code of the total in each. A
    flow whose total is not given is expanded by the first dimension, its parts by the next.
#}
{% macro comtrade_dimensions() %}
    {% do return([
        ("second_partner_code", "W00"),
        ("customs_procedure", "C00"),
        ("transport_mode", "0"),
        ("supply_mode", "0"),
    ]) %}
{% endmacro %}


{#
    CTEs that close the dimensions, the last first: within the same values of those left, the
    total counts where it is delivered, else the sum of the parts. A total that is itself only a
    sum of parts of a closed dimension gives way to parts: it may lack some.

    So, whatever totals are there or missing, a flow of which all smallest parts are delivered
    comes out as their sum, and a flow whose total is delivered as that total.

    `closed_0` is the relation, `closed_<n>` has lost the last n dimensions; `split_<n>` has the
    total delivered and the sum of the parts of the n-th dimension from the end side by side.
#}
{% macro close_dimensions(relation, keys, dimensions) %}
closed_0 as (
    select
        {{ keys | join(', ') }},
        {%- for dimension, total in dimensions %}
        {{ dimension }},
        {%- endfor %}
        line_number,
        value_usd,
        net_mass_kg,
        true as is_delivered,
    from {{ relation }}
)
{%- for dimension, total in dimensions | reverse %}
{%- set rest = dimensions[:dimensions | length - loop.index] | map('first') | list -%}
{%- set is_total = dimension ~ " = '" ~ total ~ "'" -%}
{%- set is_part = dimension ~ " <> '" ~ total ~ "'" -%}
,

split_{{ loop.index }} as (
    select
        {{ (keys + rest) | join(', ') }},
        min(line_number) as line_number,
        sum(value_usd) filter ({{ is_total }} and is_delivered) as total_value_usd,
        sum(net_mass_kg) filter ({{ is_total }} and is_delivered) as total_mass_kg,
        sum(value_usd) filter ({{ is_part }}) as parts_value_usd,
        -- A part without mass leaves the sum unknown.
        case
            when bool_and(net_mass_kg is not null) filter ({{ is_part }})
                then sum(net_mass_kg) filter ({{ is_part }})
        end as parts_mass_kg,
        sum(value_usd) filter ({{ is_total }} and not is_delivered) as summed_value_usd,
        sum(net_mass_kg) filter ({{ is_total }} and not is_delivered) as summed_mass_kg,
    from closed_{{ loop.index0 }}
    group by {{ (keys + rest) | join(', ') }}
),

closed_{{ loop.index }} as (
    select
        {{ (keys + rest) | join(', ') }},
        line_number,
        coalesce(total_value_usd, parts_value_usd, summed_value_usd) as value_usd,
        case
            when total_value_usd is not null then total_mass_kg
            when parts_value_usd is not null then parts_mass_kg
            else summed_mass_kg
        end as net_mass_kg,
        total_value_usd is not null as is_delivered,
    from split_{{ loop.index }}
)
{%- endfor %}
{% endmacro %}
