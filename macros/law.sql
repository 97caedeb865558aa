{#
    The state algebra of export-control law, one level of acts upon acts at a time.

    A timeline is an act's clause for one destination, one kind of user and one reading of the
    facts (base, or a side of a dispute). What bears on it are effects: rectangles in valid time
    and knowledge time, each in two worlds: all imprecise dates at their first possible day
    (early), and all at their last (late). Their borders cut both axes into cells; in a cell
    nothing changes, so that one look decides its state. docs/methodology/measure_states.md has
    the rules in words.

    `law_states_at_depth(depth)` writes the common table expressions `effects_<depth>`,
    `evaluated_<depth>` (cells with their state) and `states_<depth>` (what acts of this depth are
    in, for the next one). It reads the expressions `worlds`, `timeline_clauses` and
    `timeline_relations` of the model that calls it.
#}
{% macro law_states_at_depth(depth) %}
{% if depth > 0 %}
-- An act works on its target while it is in force itself, as known then. A relief that has
-- worked and passed its own stated end has lapsed.
acting_states_{{ depth }} as (
    select
        relations.timeline_id,
        relations.relation_id,
        relations.relation,
        relations.act_id,
        relations.relation in ('suspends', 'exempts') as is_relief,
        states.world,
        states.state = 'in_force' as is_in_force,
        states.is_ended and states.state in ('lapsed_presumed', 'expired') as is_past_its_end,
        greatest(
            states.valid_from,
            if(states.world = 'early', relations.starts_early, relations.starts_late)
        ) as valid_from,
        states.valid_to,
        states.known_from as state_known_from,
        greatest(states.known_from, relations.known_from) as known_from,
        states.known_to,
    from timeline_relations as relations
    inner join states_up_to_{{ depth - 1 }} as states
        on relations.acting_timeline_id = states.timeline_id
    where
        relations.depth = {{ depth }}
        and relations.relation <> 'extends'
        and (states.known_to is null or relations.known_from < states.known_to)
),

acts_at_work_{{ depth }} as (
    select
        timeline_id,
        world,
        act_id,
        valid_from,
        case when is_relief and is_in_force then valid_to end as valid_to,
        known_from,
        known_to,
        max(if(is_in_force, valid_from, null)) over working_order as began_on,
        case
            when is_in_force then relation
            when is_relief and is_past_its_end and began_on is not null then 'lapse'
            else 'none'
        end as kind,
    from acting_states_{{ depth }}
    where valid_to is null or valid_from < valid_to
    window working_order as (
        partition by timeline_id, relation_id, world, state_known_from
        order by valid_from
        rows between unbounded preceding and current row
    )
),
{% endif %}

-- What bears on the timelines whose chain of acts is {{ depth }} long: their own text first.
effects_{{ depth }} as (
    select
        timeline_id,
        world,
        'announced' as kind,
        act_id,
        if(world = 'early', announced_early, announced_late) as valid_from,
        cast(null as date) as valid_to,
        known_from,
        cast(null as date) as known_to,
        valid_from as began_on,
    from timeline_clauses
    cross join worlds
    where depth = {{ depth }} and announced_early is not null
    union all
    select
        timeline_id,
        world,
        'effective' as kind,
        act_id,
        if(world = 'early', effective_early, effective_late) as valid_from,
        cast(null as date) as valid_to,
        effective_known_from as known_from,
        cast(null as date) as known_to,
        valid_from as began_on,
    from timeline_clauses
    cross join worlds
    where depth = {{ depth }} and effective_early is not null
    union all
    -- Adopted, its start not known yet: in one world it has begun, in the other it has not.
    select
        timeline_id,
        'early' as world,
        'effective' as kind,
        act_id,
        possible_from as valid_from,
        cast(null as date) as valid_to,
        known_from,
        if(effective_early is null, null, effective_known_from) as known_to,
        valid_from as began_on,
    from timeline_clauses
    where
        depth = {{ depth }}
        and possible_from is not null
        and (effective_early is null or known_from < effective_known_from)
    union all
    -- The end in the text holds until an extension is known, that one until the next.
    select
        timeline_id,
        world,
        'stated_end' as kind,
        act_id,
        if(world = 'early', end_early, end_late) as valid_from,
        cast(null as date) as valid_to,
        known_from,
        lead(known_from) over (
            partition by timeline_id, world
            order by is_moved, known_from, end_early, end_late
        ) as known_to,
        valid_from as began_on,
    from ends
    cross join worlds
    where depth = {{ depth }}
    {% if depth > 0 %}
    union all
    select
        timeline_id,
        world,
        kind,
        act_id,
        valid_from,
        valid_to,
        known_from,
        known_to,
        began_on,
    from acts_at_work_{{ depth }}
    where kind <> 'none'
    {% endif %}
),

valid_cuts_{{ depth }} as (
    select
        timeline_key,
        valid_from,
        lead(valid_from) over (partition by timeline_key order by valid_from) as valid_to,
    from (
        select timelines.timeline_key, effects.valid_from
        from effects_{{ depth }} as effects
        inner join timelines on effects.timeline_id = timelines.timeline_id
        union
        select timelines.timeline_key, effects.valid_to as valid_from
        from effects_{{ depth }} as effects
        inner join timelines on effects.timeline_id = timelines.timeline_id
        where effects.valid_to is not null
    ) as borders
),

known_cuts_{{ depth }} as (
    select
        timeline_key,
        known_from,
        lead(known_from) over (partition by timeline_key order by known_from) as known_to,
    from (
        select timelines.timeline_key, effects.known_from
        from effects_{{ depth }} as effects
        inner join timelines on effects.timeline_id = timelines.timeline_id
        union
        select timelines.timeline_key, effects.known_to as known_from
        from effects_{{ depth }} as effects
        inner join timelines on effects.timeline_id = timelines.timeline_id
        where effects.known_to is not null
    ) as borders
),

-- One row per cell and world: the latest effect of each kind that covers it. Of several ends
-- the first counts, on one day an act before the text.
looked_at_{{ depth }} as (
    select
        timelines.timeline_id,
        timelines.standing,
        timelines.end_basis,
        timelines.act_id,
        effects.world,
        valid_cuts.valid_from,
        valid_cuts.valid_to,
        known_cuts.known_from,
        known_cuts.known_to,
        bool_or(effects.kind = 'announced') as is_announced,
        bool_or(effects.kind = 'effective') as is_effective,
        min(effects.valid_from) filter (where effects.kind in {{ law_terminal_kinds() }})
            as ended_from,
        arg_min(
            effects.kind,
            strftime(effects.valid_from, '%Y%m%d') || if(effects.kind = 'stated_end', 'z', effects.kind)
        ) filter (where effects.kind in {{ law_terminal_kinds() }}) as ended_by,
        arg_min(
            effects.act_id,
            strftime(effects.valid_from, '%Y%m%d') || if(effects.kind = 'stated_end', 'z', effects.kind)
        ) filter (where effects.kind in {{ law_terminal_kinds() }}) as ending_act_id,
        max(effects.valid_from) filter (where effects.kind = 'reinstates') as reinstated_from,
        arg_max(effects.act_id, effects.valid_from) filter (where effects.kind = 'reinstates')
            as reinstating_act_id,
        max(effects.valid_from) filter (where effects.kind = 'suspends') as suspended_from,
        arg_max(effects.act_id, effects.valid_from) filter (where effects.kind = 'suspends')
            as suspending_act_id,
        max(effects.began_on) filter (where effects.kind = 'lapse') as lapsed_relief_began_on,
        arg_max(effects.act_id, effects.began_on) filter (where effects.kind = 'lapse')
            as lapsed_act_id,
        arg_max(effects.act_id, effects.valid_from) filter (where effects.kind = 'exempts')
            as exempting_act_id,
    from timelines
    inner join valid_cuts_{{ depth }} as valid_cuts
        on timelines.timeline_key = valid_cuts.timeline_key
    inner join known_cuts_{{ depth }} as known_cuts
        on timelines.timeline_key = known_cuts.timeline_key
    inner join effects_{{ depth }} as effects
        on
            timelines.timeline_id = effects.timeline_id
            and valid_cuts.valid_from >= effects.valid_from
            and (effects.valid_to is null or valid_cuts.valid_from < effects.valid_to)
            and known_cuts.known_from >= effects.known_from
            and (effects.known_to is null or known_cuts.known_from < effects.known_to)
    group by all
),

applied_{{ depth }} as (
    select
        *,
        coalesce(suspended_from > coalesce(reinstated_from, date '0001-01-01'), false)
            as is_suspended,
        coalesce(lapsed_relief_began_on > coalesce(reinstated_from, date '0001-01-01'), false)
            as is_lapsed,
        is_effective
        and ended_from is null
        and not coalesce(suspended_from > coalesce(reinstated_from, date '0001-01-01'), false)
            as is_applied,
    from looked_at_{{ depth }}
),

experienced_{{ depth }} as (
    select
        *,
        coalesce(
            bool_or(is_applied) over (
                partition by timeline_id, world, known_from
                order by valid_from
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as was_applied,
    from applied_{{ depth }}
),

evaluated_{{ depth }} as (
    select
        timeline_id,
        world,
        valid_from,
        valid_to,
        known_from,
        known_to,
        case
            when ended_from is not null and standing = 'relief' and ended_by = 'stated_end'
                then 'lapsed_presumed'
            when ended_from is not null and standing <> 'relief' and not was_applied
                then 'never_in_force'
            when ended_by = 'supersedes' then 'superseded'
            when ended_by = 'repeals' then 'repealed'
            when ended_from is not null and end_basis = 'inference' then 'unknown'
            when ended_from is not null then 'expired'
            when is_suspended and was_applied then 'suspended'
            when is_suspended then 'suspended_before_effect'
            when standing = 'report' then 'unknown'
            when not is_effective and standing = 'proposal' then 'proposed'
            when not is_effective then 'announced'
            when is_lapsed then 'lapsed_presumed'
            when exempting_act_id is not null then 'exempted'
            else 'in_force'
        end as state,
        case
            when ended_from is not null then ending_act_id
            when is_suspended then suspending_act_id
            when not is_effective then act_id
            when is_lapsed then lapsed_act_id
            when exempting_act_id is not null then exempting_act_id
            else coalesce(reinstating_act_id, act_id)
        end as acting_id,
        ended_from is not null as is_ended,
    from experienced_{{ depth }}
    where is_effective or is_announced
),

-- Cells of one state side by side are one stretch, whatever acts it rests on: an act that is
-- reinstated while it is in force has been at work without a break.
stretches_{{ depth }} as (
    select
        *,
        sum(is_new) over (
            partition by timeline_id, world, known_from
            order by valid_from
        ) as stretch,
    from (
        select
            *,
            if(
                state is not distinct from lag(state) over stretch_order
                and is_ended is not distinct from lag(is_ended) over stretch_order,
                0, 1
            ) as is_new,
        from evaluated_{{ depth }}
        window stretch_order as (
            partition by timeline_id, world, known_from order by valid_from
        )
    ) as marked
),

states_{{ depth }} as (
    select
        timeline_id,
        world,
        known_from,
        known_to,
        any_value(state) as state,
        bool_or(is_ended) as is_ended,
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
    from stretches_{{ depth }}
    group by timeline_id, world, known_from, known_to, stretch
),

states_up_to_{{ depth }} as (
    {% if depth > 0 %}
    select * from states_up_to_{{ depth - 1 }}
    union all
    {% endif %}
    select * from states_{{ depth }}
),
{% endmacro %}


{# Kinds of effect that end a timeline. #}
{% macro law_terminal_kinds() -%}
    ('stated_end', 'repeals', 'supersedes')
{%- endmacro %}


{#
    What measure states say in words: columns and joins for a select from `measure_states`. Reads
    `acts`, `clauses` and `rival_acts` (claim_group, act_id) of the model that calls it.
#}
{% macro measure_state_texts() %}
        measures.instrument_no,
        measures.title,
        clauses.clause_title,
        measures.source_url,
        measures.confidence,
        measure_states.act_id,
        acts.instrument_no as act_instrument_no,
        acts.title as act_title,
        acts.source_title as act_source_title,
        acts.source_url as act_source_url,
        acts.confidence as act_confidence,
        rival_acts.act_id as rival_act_id,
{% endmacro %}


{% macro measure_state_text_joins() %}
    inner join acts as measures
        on measure_states.measure_id = measures.act_id
    inner join clauses
        on
            measure_states.measure_id = clauses.act_id
            and measure_states.clause_id = clauses.clause_id
    inner join acts
        on measure_states.act_id = acts.act_id
    left join rival_acts
        on measure_states.claim_group = rival_acts.claim_group
{% endmacro %}


{# What a rival reading rests on: the first act that claims it. #}
{% macro rival_acts(relations) %}
rival_acts as (
    select
        claim_group,
        min(act_id) as act_id,
    from {{ relations }}
    where claim_group is not null
    group by claim_group
)
{%- endmacro %}
