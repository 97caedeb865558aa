with

cell_states as (select * from {{ ref('int_law__cell_states') }}),
acts as (select * from {{ ref('int_law__acts') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
timelines as (select * from {{ ref('int_law__timelines') }}),

-- The two worlds together: where they differ, or one has no row yet, the state is unknown.
together as (
    select
        cell_states.timeline_key,
        cell_states.claim_group,
        cell_states.valid_from,
        cell_states.valid_to,
        cell_states.known_from,
        cell_states.known_to,
        any_value(cell_states.state) filter (where cell_states.world = 'early') as state_if_early,
        any_value(cell_states.state) filter (where cell_states.world = 'late') as state_if_late,
        coalesce(
            any_value(cell_states.acting_id) filter (where cell_states.world = 'late'),
            any_value(cell_states.acting_id)
        ) as acting_id,
    from cell_states
    group by all
),

decided as (
    select
        *,
        case
            when coalesce(state_if_early, '') = coalesce(state_if_late, '') then state_if_late
            -- Over in any case: what never applied in one world was ended in the other.
            when
                'never_in_force' in (state_if_early, state_if_late)
                and if(state_if_early = 'never_in_force', state_if_late, state_if_early)
                in ('repealed', 'superseded', 'expired')
                then if(state_if_early = 'never_in_force', state_if_late, state_if_early)
            else 'unknown'
        end as state,
    from together
),

-- A rival reading begins where it first departs from the base, and is disputed where it does.
compared as (
    select
        decided.*,
        case
            when decided.claim_group = 'base'
                then coalesce(
                    bool_or(decided.claim_group <> 'base' and decided.state <> base.state) over (
                        partition by decided.timeline_key, decided.valid_from, decided.known_from
                    ),
                    false
                )
            else coalesce(decided.state <> base.state, true)
        end as is_disputed,
    from decided
    left join decided as base
        on
            base.claim_group = 'base'
            and decided.timeline_key = base.timeline_key
            and decided.valid_from = base.valid_from
            and decided.known_from = base.known_from
),

departed as (
    select *
    from compared
    qualify
        claim_group = 'base'
        or bool_or(is_disputed) over (
            partition by timeline_key, claim_group, known_from
            order by valid_from
            rows between unbounded preceding and current row
        )
),

{% set columns = [
    'timeline_key', 'claim_group', 'state', 'state_if_early', 'state_if_late', 'acting_id',
    'is_disputed',
] %}
stretches as (
    {{ glued('departed', 'valid', columns + ['known_from', 'known_to']) }}
),

merged as (
    {{ glued('stretches', 'known', columns + ['valid_from', 'valid_to']) }}
),

final as (
    select
        timelines.act_id as measure_id,
        timelines.clause_id,
        timelines.destination,
        timelines.user_type,
        merged.* exclude (
            merged.timeline_key, merged.acting_id, merged.known_from, merged.known_to
        ),
        greatest(merged.known_from, timelines.known_from) as known_from,
        least(merged.known_to, timelines.known_to) as known_to,
        merged.acting_id as act_id,
        case
            when merged.is_disputed then 'disputed'
            when clauses.standing = 'report' then 'reported_only'
            when coalesce(merged.state_if_early, '') <> coalesce(merged.state_if_late, '')
                then 'imprecise_date'
            when merged.state in ('lapsed_presumed', 'unknown') then 'presumed'
            else acts.source_certainty
        end as certainty,
        clauses.is_known_on_assumed,
    from merged
    inner join timelines
        on
            merged.timeline_key = timelines.timeline_key
            and timelines.claim_group = 'base'
    inner join clauses
        on timelines.act_id = clauses.act_id and timelines.clause_id = clauses.clause_id
    inner join acts
        on merged.acting_id = acts.act_id
    -- What splits a timeline is not known before its own day.
    where
        (merged.known_to is null or timelines.known_from < merged.known_to)
        and (timelines.known_to is null or merged.known_from < timelines.known_to)
)

select * from final
