{% set tiers = var('exposure_tiers') | int %}

with

parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
inputs_in_scope as (select * from {{ ref('int_exposure__inputs_in_scope') }}),

reached_0 as materialized (
    select part_number
    from parts_in_scope
    where is_final
),

{% for tier in range(1, tiers + 1) %}
reached_{{ tier }} as materialized (
    select distinct inputs_in_scope.component_number as part_number
    from reached_{{ tier - 1 }}
    inner join inputs_in_scope
        on reached_{{ tier - 1 }}.part_number = inputs_in_scope.part_number
),

{% endfor %}
reached as (
    {% for tier in range(0, tiers + 1) %}
    select
        part_number,
        {{ tier }} as tier,
    from reached_{{ tier }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}
),

final as (
    select
        part_number,
        min(tier) as least_tier,
    from reached
    group by part_number
)

select * from final
