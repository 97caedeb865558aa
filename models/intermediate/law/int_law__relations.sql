with

relations as (select * from {{ ref('stg_law__measure_relations') }}),
acts as (select * from {{ ref('int_law__acts') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
destinations as (select * from {{ ref('int_law__destinations') }}),

-- An act works as its first clause does, unless the relation names another.
first_clauses as (
    select
        act_id,
        min(clause_id) as clause_id,
    from clauses
    group by act_id
),

final as (
    select
        relations.relation_id,
        relations.act_id,
        acting_clauses.clause_id as act_clause_id,
        relations.target_id,
        clauses.clause_id as target_clause_id,
        targets.is_measure as is_target_measure,
        relations.relation,
        nullif(coalesce(relations.user_type, clauses.user_type), clauses.user_type) as user_type,
        nullif(coalesce(destinations.destination, clauses.destination), clauses.destination)
            as destination,
        {{ first_day('relations.starts_on') }} as starts_early,
        {{ last_day_of('relations.starts_on') }} as starts_late,
        {{ end_early('relations.new_end_on', 'relations.new_end_is_inclusive') }} as new_end_early,
        {{ end_late('relations.new_end_on', 'relations.new_end_is_inclusive') }} as new_end_late,
        case
            when relations.dispute is not null then relations.dispute || '/' || relations.side
        end as claim_group,
        coalesce({{ last_day_of('relations.known_on') }}, acting_clauses.known_from) as known_from,
        relations.confidence,
        relations.source_title,
        relations.source_url,
        relations.note,
    from relations
    inner join acts as targets
        on relations.target_id = targets.act_id
    inner join first_clauses
        on relations.act_id = first_clauses.act_id
    inner join clauses as acting_clauses
        on
            relations.act_id = acting_clauses.act_id
            and coalesce(relations.act_clause_id, first_clauses.clause_id)
            = acting_clauses.clause_id
    inner join clauses
        on
            relations.target_id = clauses.act_id
            and (
                coalesce(relations.target_clause_id, '*') = '*'
                or relations.target_clause_id = clauses.clause_id
            )
    left join destinations
        on relations.target_partner = destinations.target_partner
)

select * from final
