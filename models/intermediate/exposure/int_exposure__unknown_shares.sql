{% set tiers = var('exposure_tiers') | int %}

with

parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
inputs_in_scope as (select * from {{ ref('int_exposure__inputs_in_scope') }}),
tiers_from_products as (select * from {{ ref('int_exposure__tiers_from_products') }}),

parts as (
    select
        parts_in_scope.*,
        tiers_from_products.least_tier,
    from parts_in_scope
    inner join tiers_from_products
        on parts_in_scope.part_number = tiers_from_products.part_number
),

-- The upper bound for a target that no row names: all that is unknown may be its.
unknown_0 as materialized (
    select
        part_number,
        0 as tiers,
        cast(0 as double) as least_supply,
        cast(0 as double) as slack_supply,
        cast(0 as double) as least_control,
        cast(0 as double) as slack_control,
        cast(0 as double) as inputs_supply,
        cast(0 as double) as inputs_control,
        cast(unknown_supply as double) as unknown_supply,
        cast(unknown_control as double) as unknown_control,
    from parts
),

{% for tier in range(1, tiers + 1) %}
summed_{{ tier }} as (
    select
        parts.part_number,
        {% for what in ('supply', 'control') %}
        {% set below = 'below.unknown_' ~ what %}
        coalesce({{ sum_in_any_order('inputs.weight_low * ' ~ below) }}, 0) as least_{{ what }},
        coalesce(
            {{ sum_in_any_order('(inputs.weight_high - inputs.weight_low) * ' ~ below) }}, 0
        ) as slack_{{ what }},
        {% endfor %}
        any_value(parts.unknown_supply) as own_supply,
        any_value(parts.unknown_control) as own_control,
        any_value(parts.unallotted_inputs) as unallotted_inputs,
        any_value(parts.is_complete) as is_complete,
    from parts
    left join inputs_in_scope as inputs
        on parts.part_number = inputs.part_number
    left join unknown_{{ tier - 1 }} as below
        on inputs.component_number = below.part_number
    where parts.least_tier <= {{ tiers - tier }}
    group by parts.part_number
),

bounded_{{ tier }} as (
    select
        *,
        {% for what in ('supply', 'control') %}
        {{ upper_bound_of_inputs(
            'least_' ~ what, 'slack_' ~ what, 'unallotted_inputs', 'is_complete'
        ) }} as inputs_{{ what }},
        {% endfor %}
    from summed_{{ tier }}
),

unknown_{{ tier }} as materialized (
    select
        * exclude (own_supply, own_control, unallotted_inputs, is_complete),
        {{ tier }} as tiers,
        {{ through_part('own_supply', 'inputs_supply') }} as unknown_supply,
        {{ through_part('own_control', 'inputs_control') }} as unknown_control,
    from bounded_{{ tier }}
),

{% endfor %}
final as (
    {% for tier in range(0, tiers + 1) %}
    select * from unknown_{{ tier }}
    {% if not loop.last %}
    union all by name
    {% endif %}
    {% endfor %}
)

select * from final
