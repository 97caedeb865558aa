with recursive

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

bills as (
    select * from {{ ref('stg_exposure__bill_of_materials') }}
),

scenarios as (
    select * from {{ ref('int_scenarios__scenarios') }}
),

hit_parts as (
    select * from {{ ref('int_exposure__hit_parts') }}
),

-- A set, which ends on cycles: nothing is followed twice.
needed_parts as (
    select
        data_origin,
        graph_id,
        part_id,
        part_id as needed_part_id,
    from parts
    where part_kind = 'final'
    union
    select
        needed_parts.data_origin,
        needed_parts.graph_id,
        needed_parts.part_id,
        bills.component_id as needed_part_id,
    from needed_parts
    inner join bills
        on
            needed_parts.data_origin = bills.data_origin
            and needed_parts.graph_id = bills.graph_id
            and needed_parts.needed_part_id = bills.part_id
    where bills.is_essential
),

losing_graphs as (
    select
        scenario_id,
        graph_origin,
        graph_id,
    from hit_parts
    where loses_supply
    group by scenario_id, graph_origin, graph_id
),

final as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        needed_parts.data_origin as graph_origin,
        needed_parts.graph_id,
        needed_parts.part_id,
        needed_parts.needed_part_id,
        hit_parts.part_id is not null as is_hit,
        max(hit_parts.part_id) over (
            partition by
                scenarios.scenario_id, needed_parts.data_origin, needed_parts.graph_id,
                needed_parts.part_id
        ) is not null as is_product_hit,
        losing_graphs.graph_id is not null as is_supply_lost_in_graph,
    from needed_parts
    cross join scenarios
    left join hit_parts
        on
            scenarios.scenario_id = hit_parts.scenario_id
            and needed_parts.data_origin = hit_parts.graph_origin
            and needed_parts.graph_id = hit_parts.graph_id
            and needed_parts.needed_part_id = hit_parts.part_id
    left join losing_graphs
        on
            scenarios.scenario_id = losing_graphs.scenario_id
            and needed_parts.data_origin = losing_graphs.graph_origin
            and needed_parts.graph_id = losing_graphs.graph_id
)

select * from final
