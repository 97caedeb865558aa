{% set tiers = var('exposure_tiers') %}
with

within_tiers as (
    select * from {{ ref('int_exposure__within_tiers') }}
),

parts_in_scope as (
    select * from {{ ref('int_exposure__parts_in_scope') }}
),

scenario_targets as (
    select * from {{ ref('int_exposure__scenario_targets') }}
),

rounded as (
    select
        part_number,
        target_number,
        {{ significant('exposure_low') }} as exposure_low,
        {{ significant('exposure_share') }} as exposure_share,
        {{ significant('exposure_high') }} as exposure_high,
        {{ significant('known_within[2]') }} as direct_share,
        {{ significant('exposure_share - known_within[2]') }} as hidden_share,
        {{ significant('weakest_link_share') }} as weakest_link_share,
        {{ significant('unknown_share') }} as unknown_share,
        [
            {{ significant('known_within[1]') }},
            {% for tier in range(1, tiers + 1) %}
            {{ significant('known_within[' ~ (tier + 1) ~ '] - known_within[' ~ tier ~ ']') }}
            {%- if not loop.last %},{% endif %}

            {% endfor %}
        ] as share_by_tier,
    from within_tiers
),

final as (
    select
        scenario_targets.scenario_id,
        {{ graph_data_origin('parts_in_scope.data_origin', 'scenario_targets.scenario_origin') }}
            as data_origin,
        parts_in_scope.data_origin as graph_origin,
        parts_in_scope.graph_id,
        parts_in_scope.evidence_scope,
        parts_in_scope.part_id,
        scenario_targets.target_kind,
        scenario_targets.target_id,
        rounded.exposure_low,
        rounded.exposure_share,
        rounded.exposure_high,
        rounded.direct_share,
        rounded.hidden_share,
        rounded.share_by_tier,
        rounded.weakest_link_share,
        rounded.unknown_share,
    from rounded
    inner join scenario_targets
        on rounded.target_number = scenario_targets.target_number
    inner join parts_in_scope
        on rounded.part_number = parts_in_scope.part_number
    -- Both numbers are given in the order of the key.
    order by
        scenario_targets.scenario_id,
        rounded.part_number,
        scenario_targets.order_number
)

select * from final
