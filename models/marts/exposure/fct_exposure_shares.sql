{% set tiers = var('exposure_tiers') | int %}
with

within_tiers as (select * from {{ ref('int_exposure__within_tiers') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
scenario_targets as (select * from {{ ref('int_exposure__scenario_targets') }}),

-- Every row has a listed way; where no figure along any way is known the share is not zero.
known as (
    select
        *,
        exposure_share > 0 or exposure_high = 0 as is_known,
    from within_tiers
),

rounded as (
    select
        part_number,
        target_number,
        {{ significant('known.exposure_low') }} as exposure_low,
        case when is_known then {{ significant('known.exposure_share') }} end as exposure_share,
        {{ significant('known.exposure_high') }} as exposure_high,
        case when is_known then {{ significant('known_within[2]') }} end as direct_share,
        case when is_known then {{ significant('known.exposure_share - known_within[2]') }} end
            as hidden_share,
        case
            when is_known
                then [
                    {{ significant('known_within[1]') }},
                    {% for tier in range(1, tiers + 1) %}
                    {% set step = 'known_within[' ~ (tier + 1) ~ '] - known_within[' ~ tier ~ ']' %}
                    {{ significant(step) }}{{ ',' if not loop.last }}
                    {% endfor %}
                ]
        end as share_by_tier,
        case
            when is_known or known.weakest_link_share > 0
                then {{ significant('known.weakest_link_share') }}
        end as weakest_link_share,
        {{ significant('known.unknown_share') }} as unknown_share,
    from known
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
        rounded.* exclude (rounded.part_number, rounded.target_number),
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
