{{ config(enabled=target.type == 'duckdb') }}

with recursive

acts as (select * from {{ ref('int_law__acts') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
relations as (select * from {{ ref('int_law__relations') }}),

-- Every clause with the clauses of other acts that work on it, and on those.
reached as (
    select
        act_id as measure_id,
        clause_id,
        act_id,
        clause_id as act_clause_id,
        cast(null as varchar) as relation_id,
        0 as depth,
    from clauses
    union
    select
        reached.measure_id,
        reached.clause_id,
        relations.act_id,
        relations.act_clause_id,
        relations.relation_id,
        reached.depth + 1 as depth,
    from reached
    inner join relations
        on
            reached.act_id = relations.target_id
            and reached.act_clause_id = relations.target_clause_id
    where reached.depth < {{ var('law_max_depth') }}
),

final as (
    select
        reached.measure_id,
        reached.clause_id,
        case reached.depth when 0 then 'measure' else 'act_upon_it' end as role,
        case when acts.is_measure then 'measures' else 'law_acts' end as table_name,
        [reached.act_id] as seed_key,
        reached.act_id,
        reached.act_clause_id,
    from reached
    inner join acts
        on reached.act_id = acts.act_id
    union
    select
        measure_id,
        clause_id,
        'clause' as role,
        'measure_clauses' as table_name,
        [act_id, act_clause_id] as seed_key,
        act_id,
        act_clause_id,
    from reached
    union
    select
        measure_id,
        clause_id,
        'relation' as role,
        'measure_relations' as table_name,
        [relation_id] as seed_key,
        act_id,
        act_clause_id,
    from reached
    where relation_id is not null
)

select * from final
