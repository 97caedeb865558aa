with

stated_clauses as (select * from {{ ref('int_law__stated_clauses') }}),
acts as (select * from {{ ref('int_law__acts') }}),
destinations as (select * from {{ ref('int_law__destinations') }}),

final as (
    select
        stated.act_id,
        stated.clause_id,
        stated.clause_title,
        acts.is_measure,
        stated.standing,
        destinations.destination,
        stated.user_type,
        stated.announced_early,
        stated.announced_late,
        stated.effective_early,
        stated.effective_late,
        -- Law that was adopted may begin any day from the next on, where no source says when.
        case
            when stated.standing = 'law' and stated.is_adopted
                then coalesce(
                    {{ first_day('stated.effective_not_before') }}, stated.announced_late + 1
                )
        end as possible_from,
        {{ end_early('stated.effective_to', 'stated.effective_to_is_inclusive') }} as end_early,
        {{ end_late('stated.effective_to', 'stated.effective_to_is_inclusive') }} as end_late,
        case when stated.effective_to is not null then stated.effective_to_basis end as end_basis,
        stated.known_late as known_from,
        coalesce({{ last_day_of('stated.effective_known_on') }}, stated.known_late)
            as effective_known_from,
        stated.known_on is null and stated.announced_on is null as is_known_on_assumed,
        stated.addressee,
        coalesce(stated.confidence, acts.confidence) as confidence,
        stated.note,
    from stated_clauses as stated
    inner join acts
        on stated.act_id = acts.act_id
    left join destinations
        on stated.target_partner = destinations.target_partner
)

select * from final
