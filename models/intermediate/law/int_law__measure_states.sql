{{ config(materialized='table') }}

with

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

relations as (
    select * from {{ ref('int_law__relations') }}
),

keyed_timelines as (
    select
        *,
        concat_ws('|', act_id, clause_id, destination, user_type) as timeline_key,
        concat_ws('|', act_id, clause_id, destination, user_type, claim_group) as timeline_id,
    from {{ ref('int_law__timelines') }}
),

worlds as (
    select unnest(['early', 'late']) as world
),

timelines as (
    select
        keyed_timelines.timeline_id,
        keyed_timelines.timeline_key,
        keyed_timelines.act_id,
        keyed_timelines.clause_id,
        keyed_timelines.destination,
        keyed_timelines.user_type,
        keyed_timelines.claim_group,
        keyed_timelines.depth,
        keyed_timelines.known_from as told_apart_from,
        keyed_timelines.known_to as told_apart_to,
        clauses.is_measure,
        clauses.standing,
        clauses.end_basis,
        clauses.is_known_on_assumed,
    from keyed_timelines
    inner join clauses
        on
            keyed_timelines.act_id = clauses.act_id
            and keyed_timelines.clause_id = clauses.clause_id
),

timeline_clauses as (
    select
        timelines.timeline_id,
        timelines.depth,
        clauses.*,
    from timelines
    inner join clauses
        on timelines.act_id = clauses.act_id and timelines.clause_id = clauses.clause_id
),

bearing_relations as (
    select
        timelines.timeline_id,
        timelines.depth,
        timelines.claim_group as reading,
        relations.*,
    from timelines
    inner join relations
        on
            timelines.act_id = relations.target_id
            and timelines.clause_id = relations.target_clause_id
            and (relations.user_type is null or timelines.user_type = relations.user_type)
            and (relations.destination is null or timelines.destination = relations.destination)
            and (relations.claim_group is null or timelines.claim_group = relations.claim_group)
),

-- The timeline of the act that bears on another: in the same reading where the act has one.
timeline_relations as (
    select
        bearing_relations.*,
        acting.timeline_id as acting_timeline_id,
    from bearing_relations
    inner join timelines as acting
        on
            bearing_relations.act_id = acting.act_id
            and bearing_relations.act_clause_id = acting.clause_id
            and acting.claim_group in ('base', bearing_relations.reading)
    qualify
        row_number() over (
            partition by bearing_relations.timeline_id, bearing_relations.relation_id
            order by acting.claim_group = 'base', acting.destination, acting.user_type
        ) = 1
),

ends as (
    select
        timeline_id,
        depth,
        act_id,
        end_early,
        end_late,
        known_from,
        false as is_moved,
    from timeline_clauses
    where end_early is not null
    union all
    select
        timeline_id,
        depth,
        act_id,
        new_end_early as end_early,
        new_end_late as end_late,
        known_from,
        true as is_moved,
    from bearing_relations
    where relation = 'extends'
),

{% for depth in range((var('law_max_depth') | int) + 1) %}
{{ law_states_at_depth(depth) }}
{% endfor %}

evaluated as (
    {% for depth in range((var('law_max_depth') | int) + 1) %}
    select * from evaluated_{{ depth }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- The two worlds together: where they differ, or one has no row yet, the state is unknown.
together as (
    select
        timelines.timeline_key,
        timelines.claim_group,
        evaluated.valid_from,
        evaluated.valid_to,
        evaluated.known_from,
        evaluated.known_to,
        any_value(evaluated.state) filter (where evaluated.world = 'early') as state_if_early,
        any_value(evaluated.state) filter (where evaluated.world = 'late') as state_if_late,
        coalesce(
            any_value(evaluated.acting_id) filter (where evaluated.world = 'late'),
            any_value(evaluated.acting_id)
        ) as acting_id,
    from evaluated
    inner join timelines
        on evaluated.timeline_id = timelines.timeline_id
    where timelines.is_measure
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

marked as (
    select
        *,
        if(
            lag(valid_to) over stretch_order = valid_from
            and state = lag(state) over stretch_order
            and coalesce(state_if_early, '') = coalesce(lag(state_if_early) over stretch_order, '')
            and coalesce(state_if_late, '') = coalesce(lag(state_if_late) over stretch_order, '')
            and acting_id = lag(acting_id) over stretch_order
            and is_disputed = lag(is_disputed) over stretch_order,
            0, 1
        ) as is_new,
    from departed
    window stretch_order as (
        partition by timeline_key, claim_group, known_from order by valid_from
    )
),

numbered as (
    select
        *,
        sum(is_new) over (
            partition by timeline_key, claim_group, known_from order by valid_from
        ) as stretch,
    from marked
),

stretches as (
    select
        timeline_key,
        claim_group,
        known_from,
        known_to,
        state,
        state_if_early,
        state_if_late,
        acting_id,
        is_disputed,
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
    from numbered
    group by
        timeline_key, claim_group, known_from, known_to, state, state_if_early, state_if_late,
        acting_id, is_disputed, stretch
),

-- The same stretch known in one period after the other is one row.
known_marked as (
    select
        *,
        if(lag(known_to) over known_order = known_from, 0, 1) as is_new,
    from stretches
    window known_order as (
        partition by
            timeline_key, claim_group, valid_from, valid_to, state, state_if_early, state_if_late,
            acting_id, is_disputed
        order by known_from
    )
),

known_numbered as (
    select
        *,
        sum(is_new) over (
            partition by
                timeline_key, claim_group, valid_from, valid_to, state, state_if_early,
                state_if_late, acting_id, is_disputed
            order by known_from
        ) as known_stretch,
    from known_marked
),

merged as (
    select
        timeline_key,
        claim_group,
        valid_from,
        valid_to,
        state,
        state_if_early,
        state_if_late,
        acting_id,
        is_disputed,
        min(known_from) as known_from,
        case when bool_and(known_to is not null) then max(known_to) end as known_to,
    from known_numbered
    group by
        timeline_key, claim_group, valid_from, valid_to, state, state_if_early, state_if_late,
        acting_id, is_disputed, known_stretch
),

final as (
    select
        timelines.act_id as measure_id,
        timelines.clause_id,
        timelines.destination,
        timelines.user_type,
        merged.claim_group,
        merged.valid_from,
        merged.valid_to,
        greatest(merged.known_from, timelines.told_apart_from) as known_from,
        least(merged.known_to, timelines.told_apart_to) as known_to,
        merged.state,
        merged.state_if_early,
        merged.state_if_late,
        merged.acting_id as act_id,
        merged.is_disputed,
        case
            when merged.is_disputed then 'disputed'
            when timelines.standing = 'report' then 'reported_only'
            when coalesce(merged.state_if_early, '') <> coalesce(merged.state_if_late, '')
                then 'imprecise_date'
            when merged.state in ('lapsed_presumed', 'unknown') then 'presumed'
            else 'settled'
        end as certainty,
        timelines.is_known_on_assumed,
    from merged
    inner join timelines
        on
            merged.timeline_key = timelines.timeline_key
            and timelines.claim_group = 'base'
    -- What splits a timeline is not known before its own day.
    where
        (merged.known_to is null or timelines.told_apart_from < merged.known_to)
        and (timelines.told_apart_to is null or merged.known_from < timelines.told_apart_to)
)

select * from final
