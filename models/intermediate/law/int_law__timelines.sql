with recursive

clauses as (select * from {{ ref('int_law__clauses') }}),
relations as (select * from {{ ref('int_law__relations') }}),

edges as (
    select distinct
        act_id,
        target_id,
        claim_group,
    from relations
),

-- Depth of an act: the longest chain of acts that bear on it. A cycle would never end;
-- int_law__input_faults stops the build at one, the limit only keeps this query finite.
chains as (
    select
        act_id,
        0 as depth,
    from clauses
    union
    select
        edges.target_id as act_id,
        chains.depth + 1 as depth,
    from chains
    inner join edges
        on chains.act_id = edges.act_id
    where chains.depth <= {{ var('law_max_depth') }}
),

depths as (
    select
        act_id,
        max(depth) as depth,
    from chains
    group by act_id
),

-- A rival reading spreads from the act that is disputed to all that it bears on.
touched as (
    select
        target_id as act_id,
        claim_group,
    from edges
    where claim_group is not null
    union
    select
        edges.target_id as act_id,
        touched.claim_group,
    from touched
    inner join edges
        on
            touched.act_id = edges.act_id
            and (edges.claim_group is null or touched.claim_group = edges.claim_group)
),

readings as (
    select distinct
        act_id,
        'base' as claim_group,
    from clauses
    union all
    select distinct
        act_id,
        claim_group,
    from touched
),

-- A relation for one kind of user splits the clause in civil and military, for those who know it.
split_clauses as (
    select
        target_id as act_id,
        target_clause_id as clause_id,
        min(known_from) as split_known_from,
    from relations
    where user_type is not null
    group by target_id, target_clause_id
),

user_types as (
    select
        clauses.act_id,
        clauses.clause_id,
        clauses.user_type,
        clauses.known_from,
        split_clauses.split_known_from as known_to,
    from clauses
    left join split_clauses
        on
            clauses.act_id = split_clauses.act_id
            and clauses.clause_id = split_clauses.clause_id
            and clauses.user_type = 'all'
    union all
    select
        clauses.act_id,
        clauses.clause_id,
        unnest(['civil', 'military']) as user_type,
        greatest(clauses.known_from, split_clauses.split_known_from) as known_from,
        cast(null as date) as known_to,
    from clauses
    inner join split_clauses
        using (act_id, clause_id)
    where clauses.user_type = 'all'
),

-- A relation for one destination sets it apart, for those who know the relation.
clause_destinations as (
    select
        act_id,
        clause_id,
        destination,
        min(known_from) as known_from,
    from (
        select
            act_id,
            clause_id,
            destination,
            known_from,
        from clauses
        union all
        select
            target_id as act_id,
            target_clause_id as clause_id,
            destination,
            known_from,
        from relations
        where destination is not null
    ) as destinations
    group by act_id, clause_id, destination
),

final as (
    select
        clauses.act_id,
        clauses.clause_id,
        clause_destinations.destination,
        user_types.user_type,
        readings.claim_group,
        depths.depth,
        greatest(clause_destinations.known_from, user_types.known_from) as known_from,
        user_types.known_to,
        concat_ws(
            '|', clauses.act_id, clauses.clause_id, clause_destinations.destination,
            user_types.user_type
        ) as timeline_key,
        concat_ws(
            '|', clauses.act_id, clauses.clause_id, clause_destinations.destination,
            user_types.user_type, readings.claim_group
        ) as timeline_id,
    from clauses
    inner join depths
        using (act_id)
    inner join readings
        on clauses.act_id = readings.act_id
    inner join clause_destinations
        using (act_id, clause_id)
    inner join user_types
        using (act_id, clause_id)
    where
        user_types.known_to is null
        or user_types.known_to
        > greatest(clause_destinations.known_from, user_types.known_from)
)

select * from final
