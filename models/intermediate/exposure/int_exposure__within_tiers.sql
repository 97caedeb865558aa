{% set tiers = var('exposure_tiers') | int %}

with

parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
inputs_in_scope as (select * from {{ ref('int_exposure__inputs_in_scope') }}),
tiers_from_products as (select * from {{ ref('int_exposure__tiers_from_products') }}),

direct_shares as (
    select * exclude (scenario_id, target_kind, target_id)
    from {{ ref('int_exposure__direct_shares') }}
),

targets as (select * from {{ ref('int_exposure__targets') }}),
unknown_shares as (select * from {{ ref('int_exposure__unknown_shares') }}),

-- What is unknown below a part, as it counts for either kind of target.
unknown as materialized (
    select
        shares.part_number,
        shares.tiers,
        kinds.is_measure,
        if(kinds.is_measure, shares.least_control, shares.least_supply) as least_sum,
        if(kinds.is_measure, shares.slack_control, shares.slack_supply) as slack_sum,
        if(kinds.is_measure, shares.inputs_control, shares.inputs_supply) as inputs_bound,
        if(kinds.is_measure, shares.unknown_control, shares.unknown_supply) as bound,
        if(kinds.is_measure, parts_in_scope.unknown_control, parts_in_scope.unknown_supply)
            as own_bound,
        parts_in_scope.unallotted_inputs,
        parts_in_scope.is_complete,
    from unknown_shares as shares
    inner join parts_in_scope
        on shares.part_number = parts_in_scope.part_number
    cross join (select unnest([true, false]) as is_measure) as kinds
),

direct as materialized (
    select
        direct_shares.*,
        targets.is_measure,
        tiers_from_products.least_tier,
    from direct_shares
    inner join targets
        on direct_shares.target_number = targets.target_number
    inner join tiers_from_products
        on direct_shares.part_number = tiers_from_products.part_number
),

-- Through a part within no tier below it: its suppliers. `excess` is how far the upper bound
-- lies above that of a target that no row names.
through_0 as materialized (
    select
        direct.part_number,
        direct.target_number,
        direct.is_measure,
        direct.share_low as low,
        direct.share as known,
        direct.share as weakest,
        direct.share_high - unknown.bound as excess,
    from direct
    inner join unknown
        on
            direct.part_number = unknown.part_number
            and direct.is_measure = unknown.is_measure
            and unknown.tiers = 0
),

{% for tier in range(1, tiers + 1) %}
-- One step up: inputs by weight.
inputs_{{ tier }} as (
    select
        inputs.part_number,
        below.target_number,
        {{ sum_in_any_order('inputs.weight_low * below.low') }} as low,
        {{ sum_in_any_order('inputs.weight * below.known') }} as known,
        coalesce(max(if(inputs.is_essential, below.weakest, 0)), 0) as weakest,
        {{ sum_in_any_order('inputs.weight_low * below.excess') }} as least_excess,
        {{ sum_in_any_order('(inputs.weight_high - inputs.weight_low) * below.excess') }}
            as slack_excess,
    from inputs_in_scope as inputs
    inner join tiers_from_products as parts
        on
            inputs.part_number = parts.part_number
            and parts.least_tier <= {{ tiers - tier }}
    inner join through_{{ tier - 1 }} as below
        on inputs.component_number = below.part_number
    group by inputs.part_number, below.target_number
),

-- Shares that add up to more than one are cut at one, so that a row more never lowers a figure.
bounded_{{ tier }} as (
    select
        inputs.part_number,
        inputs.target_number,
        targets.is_measure,
        least(1, inputs.low) as low,
        least(1, inputs.known) as known,
        inputs.weakest,
        greatest(
            least(1, inputs.known),
            {{ upper_bound_of_inputs(
                'unknown.least_sum + inputs.least_excess',
                'unknown.slack_sum + inputs.slack_excess',
                'unknown.unallotted_inputs',
                'unknown.is_complete'
            ) }}
        ) as high,
    from inputs_{{ tier }} as inputs
    inner join targets
        on inputs.target_number = targets.target_number
    inner join unknown
        on
            inputs.part_number = unknown.part_number
            and targets.is_measure = unknown.is_measure
            and unknown.tiers = {{ tier }}
),

-- And through the part itself: its suppliers, and its inputs.
either_{{ tier }} as (
    select
        coalesce(direct.part_number, inputs.part_number) as part_number,
        coalesce(direct.target_number, inputs.target_number) as target_number,
        coalesce(direct.is_measure, inputs.is_measure) as is_measure,
        {{ through_part('direct.share_low', 'inputs.low') }} as low,
        {{ through_part('direct.share', 'inputs.known') }} as known,
        {{ through_part('direct.share', 'inputs.weakest') }} as weakest,
        direct.share_high,
        inputs.high as inputs_high,
    from (select * from direct where least_tier <= {{ tiers - tier }}) as direct
    full outer join bounded_{{ tier }} as inputs
        on
            direct.part_number = inputs.part_number
            and direct.target_number = inputs.target_number
),

through_{{ tier }} as materialized (
    select
        either.* exclude (either.share_high, either.inputs_high),
        {{ through_part(
            'coalesce(either.share_high, unknown.own_bound)',
            'coalesce(either.inputs_high, unknown.inputs_bound)'
        ) }} - unknown.bound as excess,
    from either_{{ tier }} as either
    inner join unknown
        on
            either.part_number = unknown.part_number
            and either.is_measure = unknown.is_measure
            and unknown.tiers = {{ tier }}
),

{% endfor %}
final as (
    select
        through_{{ tiers }}.part_number,
        through_{{ tiers }}.target_number,
        through_{{ tiers }}.low as exposure_low,
        through_{{ tiers }}.known as exposure_share,
        least(
            1, greatest(through_{{ tiers }}.known, unknown.bound + through_{{ tiers }}.excess)
        ) as exposure_high,
        through_{{ tiers }}.weakest as weakest_link_share,
        [
            {% for tier in range(0, tiers) %}
            coalesce(through_{{ tier }}.known, 0),
            {% endfor %}
            through_{{ tiers }}.known
        ] as known_within,
        unknown.bound as unknown_share,
    from through_{{ tiers }}
    {% for tier in range(0, tiers) %}
    left join through_{{ tier }}
        on
            through_{{ tiers }}.part_number = through_{{ tier }}.part_number
            and through_{{ tiers }}.target_number = through_{{ tier }}.target_number
    {% endfor %}
    inner join unknown
        on
            through_{{ tiers }}.part_number = unknown.part_number
            and through_{{ tiers }}.is_measure = unknown.is_measure
            and unknown.tiers = {{ tiers }}
)

select * from final
