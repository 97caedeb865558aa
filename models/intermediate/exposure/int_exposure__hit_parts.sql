with

direct_shares as (
    select * from {{ ref('int_exposure__direct_shares') }}
),

parts_in_scope as (
    select * from {{ ref('int_exposure__parts_in_scope') }}
),

cover_cases as (
    select * from {{ ref('int_exposure__cover_cases') }}
),

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

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

final as (
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id,
        bool_or(loses_supply) as loses_supply,
    from hit
    group by scenario_id, graph_origin, graph_id, part_id
)

select * from final
