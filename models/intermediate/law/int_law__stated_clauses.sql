with

measures as (select * from {{ ref('stg_law__measures') }}),
other_acts as (select * from {{ ref('stg_law__acts') }}),
types as (select * from {{ ref('stg_law__measure_types') }}),
clauses as (select * from {{ ref('stg_law__measure_clauses') }}),

acts as (
    select
        measures.* exclude (effective_to) rename (measure_id as act_id, measure_type as act_type),
        'measures' as act_table,
        false as effective_to_is_inclusive,
    from measures
    union all by name
    select
        *,
        'law_acts' as act_table,
        'ALL' as target_partner,
    from other_acts
),

-- A clause takes from its act what it does not state itself. An act without a row of its own in
-- measure_clauses has one clause, `whole`.
stated as (
    select
        acts.act_table,
        acts.act_id,
        coalesce(clauses.clause_id, 'whole') as clause_id,
        coalesce(clauses.clause_title, acts.title) as clause_title,
        types.standing,
        types.is_adopted,
        coalesce(clauses.user_type, types.user_type) as user_type,
        acts.target_partner as act_target_partner,
        coalesce(clauses.target_partner, acts.target_partner) as target_partner,
        coalesce(clauses.announced_on, acts.announced_on) as announced_on,
        coalesce(clauses.effective_from, acts.effective_from) as effective_from,
        clauses.effective_from as own_effective_from,
        clauses.effective_not_before,
        coalesce(clauses.effective_to, acts.effective_to) as effective_to,
        coalesce(clauses.effective_to_is_inclusive, acts.effective_to_is_inclusive)
            as effective_to_is_inclusive,
        coalesce(clauses.effective_to_basis, 'text') as effective_to_basis,
        coalesce(clauses.known_on, acts.known_on) as known_on,
        clauses.effective_known_on,
        clauses.addressee,
        clauses.confidence,
        coalesce(clauses.note, acts.note) as note,
        clauses.measure_id is not null as is_listed,
    from acts
    left join types
        on acts.act_type = types.measure_type
    left join clauses
        on acts.act_id = clauses.measure_id
),

-- An imprecise date is an interval, from its first possible day (early) to its last (late).
final as (
    select
        *,
        {{ first_day('announced_on') }} as announced_early,
        {{ last_day_of('announced_on') }} as announced_late,
        {{ first_day('effective_from') }} as effective_early,
        {{ last_day_of('effective_from') }} as effective_late,
        {{ first_day('coalesce(known_on, announced_on, effective_from)') }} as known_early,
        {{ last_day_of('coalesce(known_on, announced_on, effective_from)') }} as known_late,
    from stated
)

select * from final
