-- Faults in the tables of the law stop the build here, before anything is derived from them.
-- depends_on: {{ ref('int_law__input_faults') }}
with

measures as (select * from {{ ref('stg_law__measures') }}),
other_acts as (select * from {{ ref('stg_law__acts') }}),
types as (select * from {{ ref('stg_law__measure_types') }}),
entries as (select * from {{ ref('law_entries') }}),
relations as (select * from {{ ref('stg_law__measure_relations') }}),

-- Acts that no second reader has confirmed. Items have a confidence of their own.
unconfirmed as (
    select act_id
    from entries
    where confirmed_by is null and table_name <> 'measure_scope'
),

-- An act whose end such an act moves rests on it too.
resting as (
    select act_id from unconfirmed
    union
    select relations.target_id as act_id
    from relations
    inner join unconfirmed
        on relations.act_id = unconfirmed.act_id
    where relations.relation = 'extends' and relations.side is null
),

-- A measure is an act; some acts only change others.
unioned as (
    select
        measures.* exclude (effective_to, materials, status_at_last_source, last_source_on)
        rename (measure_id as act_id, measure_type as act_type),
        true as is_measure,
        false as effective_to_is_inclusive,
    from measures
    union all by name
    select
        *,
        false as is_measure,
        'ALL' as target_partner,
    from other_acts
),

final as (
    select
        unioned.* exclude (unioned.confidence),
        types.standing,
        types.is_adopted,
        types.user_type,
        types.instrument,
        types.severity_weight,
        case when resting.act_id is null then unioned.confidence else 'unconfirmed' end
            as confidence,
        -- How certain a state is that rests on this act: was its text read, or what others write?
        case
            when starts_with(unioned.confidence, 'official text') then 'settled'
            when unioned.confidence = 'press' then 'reported_only'
            else 'as_cited'
        end as source_certainty,
    from unioned
    left join types
        on unioned.act_type = types.measure_type
    left join resting
        on unioned.act_id = resting.act_id
)

select * from final
