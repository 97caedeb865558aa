with

paths as (select * from {{ ref('int_exposure__paths') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
outlooks as (select * from {{ ref('int_exposure__path_outlooks') }}),

numbered as (
    select
        product_number,
        path_rank,
        unnest(path_numbers) as part_number,
        generate_subscripts(path_numbers, 1) as place,
    from paths
),

named as (
    select
        numbered.product_number,
        numbered.path_rank,
        string_agg(parts_in_scope.part_id, ' > ' order by numbered.place) as path,
    from numbered
    inner join parts_in_scope
        on numbered.part_number = parts_in_scope.part_number
    group by numbered.product_number, numbered.path_rank
),

told as (
    select
        product_number,
        count(*) as paths_told,
    from paths
    group by product_number
),

final as (
    select
        products.data_origin,
        products.graph_id,
        products.part_id,
        paths.path_rank,
        ends.part_id as end_part_id,
        named.path,
        cast(paths.tier as integer) as tier,
        {{ significant('paths.weight_low') }} as weight_low,
        case
            when paths.weight > 0 or paths.weight_high = 0 then {{ significant('paths.weight') }}
        end as weight,
        {{ significant('paths.weight_high') }} as weight_high,
        told.paths_told,
        cast(outlooks.way_count as bigint) + if(outlooks.is_controlled, 1, 0) as ways_in_all,
        paths.is_essential,
        paths.is_verified,
        end_outlooks.is_controlled as is_end_controlled,
        end_outlooks.is_single_sourced as is_end_single_sourced,
    from paths
    inner join named
        using (product_number, path_rank)
    inner join told
        using (product_number)
    inner join parts_in_scope as products
        on paths.product_number = products.part_number
    inner join parts_in_scope as ends
        on paths.end_number = ends.part_number
    inner join outlooks
        on
            paths.product_number = outlooks.part_number
            and outlooks.tiers = {{ var('exposure_tiers') }}
    inner join outlooks as end_outlooks
        on paths.end_number = end_outlooks.part_number and end_outlooks.tiers = 0
)

select * from final
order by data_origin, graph_id, part_id, path_rank
