with

direct_shares as (
    select * from {{ ref('int_exposure__direct_shares') }}
),

parts_in_scope as (
    select * from {{ ref('int_exposure__parts_in_scope') }}
),

-- The base has rows for measures, firms and the like, which change nothing.
final as (
    select
        direct_shares.scenario_id,
        parts_in_scope.data_origin as graph_origin,
        parts_in_scope.graph_id,
        parts_in_scope.part_id,
        bool_or(direct_shares.target_kind = 'lost_supply') as loses_supply,
    from direct_shares
    inner join parts_in_scope
        on direct_shares.part_number = parts_in_scope.part_number
    where
        parts_in_scope.evidence_scope = 'all'
        and direct_shares.scenario_id <> 'base'
        and direct_shares.share_high > 0
    group by
        direct_shares.scenario_id, parts_in_scope.data_origin, parts_in_scope.graph_id,
        parts_in_scope.part_id
)

select * from final
