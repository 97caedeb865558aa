with

within_tiers as (select * from {{ ref('int_exposure__within_tiers') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
scenario_targets as (select * from {{ ref('int_exposure__scenario_targets') }}),
unknown_shares as (select * from {{ ref('int_exposure__unknown_shares') }}),

-- A target that nothing leads to may still be behind what is unknown.
products as (
    select
        parts_in_scope.data_origin,
        parts_in_scope.graph_id,
        parts_in_scope.evidence_scope,
        count(*) as products,
        {{ sum_in_any_order('unknown_shares.unknown_supply') }} as unknown_supply,
        {{ sum_in_any_order('unknown_shares.unknown_control') }} as unknown_control,
    from parts_in_scope
    inner join unknown_shares
        on
            parts_in_scope.part_number = unknown_shares.part_number
            and unknown_shares.tiers = {{ var('exposure_tiers') }}
    where parts_in_scope.is_final
    group by parts_in_scope.data_origin, parts_in_scope.graph_id, parts_in_scope.evidence_scope
),

summed as (
    select
        parts_in_scope.data_origin,
        parts_in_scope.graph_id,
        parts_in_scope.evidence_scope,
        within_tiers.target_number,
        count(*) as products_reached,
        count(*) filter (where within_tiers.known_within[2] = 0) as products_reached_hidden,
        {{ sum_in_any_order('within_tiers.exposure_low') }} as exposure_low,
        {{ sum_in_any_order('within_tiers.exposure_share') }} as exposure_share,
        {{ sum_in_any_order('within_tiers.exposure_high - within_tiers.unknown_share') }}
            as excess,
        {{ sum_in_any_order('within_tiers.weakest_link_share') }} as weakest_link_share,
        max(within_tiers.exposure_share) as largest_exposure_share,
        max(within_tiers.exposure_high) as largest_exposure_high,
    from within_tiers
    inner join parts_in_scope
        on within_tiers.part_number = parts_in_scope.part_number
    group by all
),

rated as (
    select
        scenario_targets.scenario_id,
        {{ graph_data_origin('summed.data_origin', 'scenario_targets.scenario_origin') }}
            as data_origin,
        summed.data_origin as graph_origin,
        summed.graph_id,
        summed.evidence_scope,
        scenario_targets.target_kind,
        scenario_targets.target_id,
        products.products,
        summed.products_reached,
        summed.products_reached_hidden,
        {{ significant('summed.products_reached / products.products') }} as reached_share,
        {{ significant('summed.exposure_low / products.products') }} as mean_exposure_low,
        case
            when summed.exposure_share > 0 or summed.largest_exposure_high = 0
                then {{ significant('summed.exposure_share / products.products') }}
        end as mean_exposure_share,
        {{ significant(
            'least(1, (if(scenario_targets.is_measure, products.unknown_control, '
            ~ 'products.unknown_supply) + summed.excess) / products.products)'
        ) }} as mean_exposure_high,
        case
            when
                summed.exposure_share > 0
                or summed.weakest_link_share > 0
                or summed.largest_exposure_high = 0
                then {{ significant('summed.weakest_link_share / products.products') }}
        end as mean_weakest_link_share,
        case
            when summed.exposure_share > 0 or summed.largest_exposure_high = 0
                then {{ significant('summed.largest_exposure_share') }}
        end as largest_exposure_share,
    from summed
    inner join products
        using (data_origin, graph_id, evidence_scope)
    inner join scenario_targets
        on summed.target_number = scenario_targets.target_number
),

final as (
    select
        rated.* exclude (mean_exposure_high),
        cast(
            rank() over (
                partition by scenario_id, graph_origin, graph_id, evidence_scope, target_kind
                order by
                    mean_exposure_share desc nulls last,
                    mean_weakest_link_share desc nulls last,
                    products_reached desc
            ) as integer
        ) as chokepoint_rank,
        greatest(coalesce(mean_exposure_share, 0), mean_exposure_high) as mean_exposure_high,
    from rated
)

select * from final
order by scenario_id, graph_origin, graph_id, evidence_scope, target_kind, target_id
