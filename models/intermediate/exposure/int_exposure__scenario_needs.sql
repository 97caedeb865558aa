with recursive

parts as (select * from {{ ref('stg_exposure__parts') }}),
bills as (select * from {{ ref('stg_exposure__bill_of_materials') }}),
scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),
direct_shares as (select * from {{ ref('int_exposure__direct_shares') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
cover_cases as (select * from {{ ref('int_exposure__cover_cases') }}),
stock_use as (select * from {{ ref('int_exposure__stock_use') }}),

-- The base has shares of measures, firms and the like, which change nothing.
hit as (
    select
        direct_shares.scenario_id,
        parts_in_scope.data_origin as graph_origin,
        parts_in_scope.graph_id,
        parts_in_scope.part_id,
        direct_shares.target_kind = 'lost_supply' as loses_supply,
    from direct_shares
    inner join parts_in_scope
        on direct_shares.part_number = parts_in_scope.part_number
    where
        parts_in_scope.evidence_scope = 'all'
        and direct_shares.scenario_id <> 'base'
        and direct_shares.share_high > 0
    union all
    select
        cover_cases.scenario_id,
        stock_use.data_origin as graph_origin,
        stock_use.graph_id,
        stock_use.part_id,
        false as loses_supply,
    from cover_cases
    inner join stock_use
        on cover_cases.position_number = stock_use.position_number
    where cover_cases.scenario_id <> 'base' and cover_cases.answering_scenario_id <> 'base'
),

hit_parts as (
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id,
        bool_or(loses_supply) as loses_supply,
    from hit
    group by scenario_id, graph_origin, graph_id, part_id
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
