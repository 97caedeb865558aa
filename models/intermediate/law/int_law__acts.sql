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
        measure_id as act_id,
        true as is_measure,
        measure_type as act_type,
        issuing_authority,
        jurisdiction_iso2,
        instrument_no,
        title,
        target_partner,
        announced_on,
        effective_from,
        cast(null as varchar) as effective_to,
        false as effective_to_is_inclusive,
        cast(null as varchar) as known_on,
        confidence,
        source_title,
        source_url,
        note,
    from measures
    union all
    select
        act_id,
        false as is_measure,
        act_type,
        issuing_authority,
        jurisdiction_iso2,
        instrument_no,
        title,
        'ALL' as target_partner,
        announced_on,
        effective_from,
        effective_to,
        effective_to_is_inclusive,
        known_on,
        confidence,
        source_title,
        source_url,
        note,
    from other_acts
),

final as (
    select
        unioned.act_id,
        unioned.is_measure,
        unioned.act_type,
        types.standing,
        types.is_adopted,
        types.user_type,
        types.instrument,
        types.severity_weight,
        unioned.issuing_authority,
        unioned.jurisdiction_iso2,
        unioned.instrument_no,
        unioned.title,
        unioned.target_partner,
        unioned.announced_on,
        unioned.effective_from,
        unioned.effective_to,
        unioned.effective_to_is_inclusive,
        unioned.known_on,
        case when resting.act_id is null then unioned.confidence else 'unconfirmed' end
            as confidence,
        unioned.source_title,
        unioned.source_url,
        unioned.note,
    from unioned
    left join types
        on unioned.act_type = types.measure_type
    left join resting
        on unioned.act_id = resting.act_id
)

select * from final
