with

measure_relations as (
    select * from {{ ref('measure_relations') }}
),

renamed as (
    select
        relation_id,
        act_id,
        act_clause_id,
        target_id,
        target_clause_id,
        relation,
        user_type,
        destination as target_partner,
        starts_on,
        new_end_on,
        dispute,
        side,
        known_on,
        source_title,
        source_url,
        confidence,
        note,
        {{ yes_or_no('new_end_is_inclusive') }} as new_end_is_inclusive,
    from measure_relations
)

select * from renamed
