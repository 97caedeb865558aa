with

paths as (
    select * from {{ ref('fct_exposure_paths') }}
),

parts as (
    select * from {{ ref('dim_exposure_part') }}
),

controls as (
    select * from {{ ref('bridge_exposure_measures') }}
),

states as (
    select * from {{ ref('rpt_measure_states_today') }}
),

-- Of each graph the product with the most controlled parts below it, and its twelve heaviest ways.
products as (
    select
        data_origin,
        graph_id,
        part_id,
    from paths
    where is_end_controlled and tier > 0
    group by data_origin, graph_id, part_id
    qualify
        row_number() over (
            partition by data_origin, graph_id
            order by count(distinct end_part_id) desc, part_id
        ) = 1
),

ways as (
    select
        paths.data_origin,
        paths.graph_id,
        string_split(paths.path, ' > ') as part_ids,
    from paths
    semi join products
        using (data_origin, graph_id, part_id)
    where paths.is_end_controlled and paths.tier > 0
    qualify
        row_number() over (
            partition by paths.data_origin, paths.graph_id
            order by paths.path_rank
        ) <= 12
),

steps as (
    select
        data_origin,
        graph_id,
        part_ids,
        unnest(range(1, len(part_ids) + 1)) as step,
    from ways
),

edges as (
    select distinct
        data_origin,
        graph_id,
        part_ids[step - 1] as parent_id,
        part_ids[step] as part_id,
        step - 1 as tier,
    from steps
),

nodes as (
    select
        data_origin,
        graph_id,
        part_id,
        tier,
        (row_number() over tier_order - 0.5)
        / count(*) over (partition by data_origin, graph_id, tier) as height,
    from (
        select distinct
            data_origin,
            graph_id,
            part_id,
            tier,
        from edges
    ) as placed
    window tier_order as (partition by data_origin, graph_id, tier order by part_id)
),

-- The strictest state of what lists the part today; an unknown supplier may need a licence.
part_states as (
    select
        controls.data_origin,
        controls.graph_id,
        controls.part_id,
        case
            when bool_or(states.state = 'in_force' and controls.country_code is not null)
                then 'needs a licence'
            when bool_or(states.state in ('in_force', 'lapsed_presumed', 'unknown'))
                then 'may need a licence'
            else 'relieved or not in effect'
        end as law,
        string_agg(distinct controls.measure_id, '; ' order by controls.measure_id) as measure_ids,
    from controls
    inner join states
        on
            controls.measure_id = states.measure_id
            and controls.clause_id = states.clause_id
            and states.claim_group = 'base'
    where controls.coverage <> 'reference_only'
    group by controls.data_origin, controls.graph_id, controls.part_id
),

final as (
    select
        edges.data_origin,
        edges.graph_id,
        edges.part_id,
        parts.part_name,
        edges.parent_id,
        coalesce(part_states.law, 'no controlled supplier listed') as law,
        part_states.measure_ids,
        cast(edges.tier as integer) as tier,
        cast(nodes.height as double) as height,
        cast(edges.tier - 1 as integer) as parent_tier,
        cast(parents.height as double) as parent_height,
    from edges
    inner join nodes
        using (data_origin, graph_id, part_id, tier)
    inner join parts
        using (data_origin, graph_id, part_id)
    left join nodes as parents
        on
            edges.data_origin = parents.data_origin
            and edges.graph_id = parents.graph_id
            and edges.parent_id = parents.part_id
            and edges.tier - 1 = parents.tier
    left join part_states
        on
            edges.data_origin = part_states.data_origin
            and edges.graph_id = part_states.graph_id
            and edges.part_id = part_states.part_id
)

select * from final
order by data_origin, graph_id, tier, height, parent_height
