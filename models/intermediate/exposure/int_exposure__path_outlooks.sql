{% set tiers = var('exposure_tiers') | int %}

with

parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
inputs_in_scope as (select * from {{ ref('int_exposure__inputs_in_scope') }}),
tiers_from_products as (select * from {{ ref('int_exposure__tiers_from_products') }}),
direct_shares as (select * from {{ ref('int_exposure__direct_shares') }}),

controlled as (
    select distinct part_number
    from direct_shares
    where target_kind = 'measure'
),

parts as (
    select
        parts_in_scope.part_number,
        tiers_from_products.least_tier,
        controlled.part_number is not null as is_controlled,
        parts_in_scope.supplier_count = 1 as is_single_sourced,
        controlled.part_number is not null or parts_in_scope.supplier_count = 1 as is_end,
    from parts_in_scope
    inner join tiers_from_products
        on parts_in_scope.part_number = tiers_from_products.part_number
    left join controlled
        on parts_in_scope.part_number = controlled.part_number
    where parts_in_scope.evidence_scope = 'all'
),

-- What lies ahead of a path that has come to a part: the greatest weight with which it can still
-- come to an end worth telling, and the number of ways there. On a cycle both count rounds.
outlook_0 as materialized (
    select
        part_number,
        0 as tiers,
        cast(0 as double) as best_weight,
        cast(0 as double) as way_count,
    from parts
),

{% for tier in range(1, tiers + 1) %}
outlook_{{ tier }} as materialized (
    select
        parts.part_number,
        {{ tier }} as tiers,
        coalesce(
            max(inputs.weight_high * greatest(below.best_weight, if(components.is_end, 1, 0))), 0
        ) as best_weight,
        coalesce(sum(below.way_count + if(components.is_end, 1, 0)), 0) as way_count,
    from parts
    left join inputs_in_scope as inputs
        on parts.part_number = inputs.part_number
    left join parts as components
        on inputs.component_number = components.part_number
    left join outlook_{{ tier - 1 }} as below
        on inputs.component_number = below.part_number
    where parts.least_tier <= {{ tiers - tier }}
    group by parts.part_number
),

{% endfor %}
outlooks as (
    {% for tier in range(0, tiers + 1) %}
    select * from outlook_{{ tier }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}
),

final as (
    select
        outlooks.*,
        parts.is_controlled,
        parts.is_single_sourced,
        parts.is_end,
    from outlooks
    inner join parts
        on outlooks.part_number = parts.part_number
)

select * from final
