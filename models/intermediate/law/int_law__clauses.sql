{{ config(materialized='table') }}

with

acts as (
    select * from {{ ref('int_law__acts') }}
),

clauses as (
    select * from {{ ref('stg_law__measure_clauses') }}
),

destinations as (
    select * from {{ ref('int_law__destinations') }}
),

-- An act without a row of its own here has one clause, `whole`, with the act's dates.
stated as (
    select
        acts.act_id,
        coalesce(clauses.clause_id, 'whole') as clause_id,
        coalesce(clauses.clause_title, acts.title) as clause_title,
        acts.is_measure,
        acts.standing,
        acts.is_adopted,
        coalesce(clauses.user_type, acts.user_type) as user_type,
        coalesce(clauses.target_partner, acts.target_partner) as target_partner,
        coalesce(clauses.announced_on, acts.announced_on) as announced_on,
        coalesce(clauses.effective_from, acts.effective_from) as effective_from,
        clauses.effective_not_before,
        coalesce(clauses.effective_to, acts.effective_to) as effective_to,
        coalesce(clauses.effective_to_is_inclusive, acts.effective_to_is_inclusive)
            as effective_to_is_inclusive,
        coalesce(clauses.effective_to_basis, 'text') as effective_to_basis,
        coalesce(clauses.known_on, acts.known_on) as known_on,
        clauses.effective_known_on,
        clauses.addressee,
        coalesce(clauses.confidence, acts.confidence) as confidence,
        coalesce(clauses.note, acts.note) as note,
    from acts
    left join clauses
        on acts.act_id = clauses.measure_id
),

dated as (
    select
        *,
        {{ first_day('announced_on') }} as announced_early,
        {{ last_day_of('announced_on') }} as announced_late,
        {{ first_day('effective_from') }} as effective_early,
        {{ last_day_of('effective_from') }} as effective_late,
        -- Law that was adopted may begin any day from the next on, where no source says when.
        case
            when standing = 'law' and is_adopted
                then coalesce(
                    {{ first_day('effective_not_before') }}, {{ last_day_of('announced_on') }} + 1
                )
        end as possible_from,
        {{ end_early('effective_to', 'effective_to_is_inclusive') }} as end_early,
        {{ end_late('effective_to', 'effective_to_is_inclusive') }} as end_late,
        {{ last_day_of("coalesce(known_on, announced_on, effective_from)") }} as known_from,
        known_on is null and announced_on is null as is_known_on_assumed,
        {{ last_day_of('effective_known_on') }} as effective_known_from,
    from stated
),

final as (
    select
        dated.act_id,
        dated.clause_id,
        dated.clause_title,
        dated.is_measure,
        dated.standing,
        destinations.destination,
        dated.user_type,
        dated.announced_early,
        dated.announced_late,
        dated.effective_early,
        dated.effective_late,
        dated.possible_from,
        dated.end_early,
        dated.end_late,
        case when dated.effective_to is not null then dated.effective_to_basis end as end_basis,
        dated.known_from,
        coalesce(dated.effective_known_from, dated.known_from) as effective_known_from,
        dated.is_known_on_assumed,
        dated.addressee,
        dated.confidence,
        dated.note,
    from dated
    left join destinations
        on dated.target_partner = destinations.target_partner
)

select * from final
