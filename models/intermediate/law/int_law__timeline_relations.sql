with

relations as (select * from {{ ref('int_law__relations') }}),
timelines as (select * from {{ ref('int_law__timelines') }}),

-- The timeline of the act that bears on another: in the same reading where the act has one.
final as (
    select
        timelines.timeline_id,
        timelines.depth,
        acting.timeline_id as acting_timeline_id,
        relations.relation_id,
        relations.relation,
        relations.act_id,
        relations.starts_early,
        relations.starts_late,
        relations.known_from,
    from timelines
    inner join relations
        on {{ bears_on('relations', 'timelines') }}
    inner join timelines as acting
        on
            relations.act_id = acting.act_id
            and relations.act_clause_id = acting.clause_id
            and acting.claim_group in ('base', timelines.claim_group)
    where relations.relation <> 'extends'
    qualify
        row_number() over (
            partition by timelines.timeline_id, relations.relation_id
            order by acting.claim_group = 'base', acting.destination, acting.user_type
        ) = 1
)

select * from final
