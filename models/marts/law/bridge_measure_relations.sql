with

relations as (select * from {{ ref('int_law__relations') }}),
acts as (select * from {{ ref('int_law__acts') }}),

final as (
    select
        relations.relation_id,
        relations.target_id,
        relations.target_clause_id,
        relations.is_target_measure,
        relations.relation,
        relations.act_id,
        acts.instrument_no as act_instrument_no,
        acts.title as act_title,
        coalesce(relations.user_type, 'all') as user_type,
        relations.destination,
        coalesce(relations.claim_group, 'base') as claim_group,
        relations.starts_late as starts_on,
        relations.new_end_late as new_end_on,
        relations.known_from,
        relations.confidence,
        relations.source_title,
        relations.source_url,
        relations.note,
    from relations
    inner join acts
        on relations.act_id = acts.act_id
)

select * from final
order by relation_id, target_clause_id
