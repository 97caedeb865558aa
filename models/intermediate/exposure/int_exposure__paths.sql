{% set tiers = var('exposure_tiers') | int %}

with recursive

inputs_in_scope as (select * from {{ ref('int_exposure__inputs_in_scope') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
outlooks as (select * from {{ ref('int_exposure__path_outlooks') }}),

-- A product that is controlled itself is a path of no steps.
products as (
    select
        parts_in_scope.part_number,
        outlooks.is_controlled,
        greatest(
            1,
            {{ var('exposure_paths_per_graph') }}
            // count(*) over (partition by parts_in_scope.data_origin, parts_in_scope.graph_id)
        ) as most_paths,
    from parts_in_scope
    inner join outlooks
        on parts_in_scope.part_number = outlooks.part_number and outlooks.tiers = 0
    where parts_in_scope.is_final and parts_in_scope.evidence_scope = 'all'
),

steps as (
    select
        inputs_in_scope.*,
        outlooks.tiers as tiers_ahead,
        outlooks.best_weight,
        outlooks.is_end,
    from inputs_in_scope
    inner join outlooks
        on inputs_in_scope.component_number = outlooks.part_number
),

-- One tier further each time, never back to a part of the path. Of the paths of a product only
-- those go on that can still be among the heaviest: the weight so far times the best ahead.
walked as (
    select
        part_number as product_number,
        part_number,
        most_paths,
        0 as tier,
        [part_number] as path_numbers,
        cast(1 as double) as weight_low,
        cast(1 as double) as weight,
        cast(1 as double) as weight_high,
        true as is_essential,
        true as is_verified,
        is_controlled as is_end,
    from products
    union all
    select
        product_number,
        part_number,
        most_paths,
        tier,
        path_numbers,
        weight_low,
        weight,
        weight_high,
        is_essential,
        is_verified,
        is_end,
    from (
        select
            walked.product_number,
            steps.component_number as part_number,
            walked.most_paths,
            walked.tier + 1 as tier,
            list_append(walked.path_numbers, steps.component_number) as path_numbers,
            walked.weight_low * steps.weight_low as weight_low,
            walked.weight * steps.weight as weight,
            walked.weight_high * steps.weight_high as weight_high,
            walked.is_essential and steps.is_essential as is_essential,
            walked.is_verified and steps.is_verified as is_verified,
            steps.is_end,
            row_number() over (
                partition by walked.product_number
                order by
                    if(steps.is_end, walked.weight_high * steps.weight_high, -1) desc,
                    steps.component_number,
                    walked.path_numbers
            ) as rank_as_end,
            row_number() over (
                partition by walked.product_number
                order by
                    walked.weight_high * steps.weight_high * steps.best_weight desc,
                    steps.component_number,
                    walked.path_numbers
            ) as rank_on_the_way,
            steps.best_weight,
        from walked
        inner join steps
            on
                walked.part_number = steps.part_number
                and steps.tiers_ahead = {{ tiers }} - walked.tier - 1
                and not list_contains(walked.path_numbers, steps.component_number)
        where steps.is_end or steps.best_weight > 0
    ) as stepped
    where
        (is_end and rank_as_end <= most_paths)
        or (best_weight > 0 and rank_on_the_way <= most_paths)
),

ranked as (
    select
        *,
        row_number() over (
            partition by product_number
            order by weight_high desc, tier, path_numbers
        ) as path_rank,
    from walked
    where is_end
),

final as (
    select
        ranked.* exclude (part_number, most_paths, is_end, path_rank),
        cast(path_rank as integer) as path_rank,
        part_number as end_number,
    from ranked
    where path_rank <= most_paths
)

select * from final
