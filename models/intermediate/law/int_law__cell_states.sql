{#
    The state algebra of export-control law, one level of acts upon acts at a time.

    A timeline is an act's clause for one destination, one kind of user and one reading of the
    facts (base, or a side of a dispute). What bears on it are effects: rectangles in valid time
    and knowledge time, each in two worlds: all imprecise dates at their first possible day
    (early), and all at their last (late). Their borders cut both axes into cells; in a cell
    nothing changes, so that one look decides its state. docs/methodology/measure_states.md has
    the rules in words.
#}
{% set levels = range((var('law_max_depth') | int) + 1) %}
with

timelines as (
    select
        timelines.*,
        clauses.is_measure,
        clauses.standing,
        clauses.end_basis,
    from {{ ref('int_law__timelines') }} as timelines
    inner join {{ ref('int_law__clauses') }} as clauses
        on timelines.act_id = clauses.act_id and timelines.clause_id = clauses.clause_id
),

{% for depth in levels %}
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
    from states_up_to_{{ depth - 1 }} as states
    inner join {{ ref('int_law__timeline_relations') }} as relations
        on states.timeline_id = relations.acting_timeline_id
    where
        relations.depth = {{ depth }}
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
    select * exclude (depth)
    from {{ ref('int_law__text_effects') }}
    where depth = {{ depth }}
    {% if depth > 0 %}
    union all by name
    select *
    from acts_at_work_{{ depth }}
    where kind <> 'none'
    {% endif %}
),

{% for axis in ['valid', 'known'] %}
{{ axis }}_cuts_{{ depth }} as (
    select
        timeline_key,
        border as {{ axis }}_from,
        lead(border) over (partition by timeline_key order by border) as {{ axis }}_to,
    from (
        select distinct
            timelines.timeline_key,
            unnest([effects.{{ axis }}_from, effects.{{ axis }}_to]) as border,
        from effects_{{ depth }} as effects
        inner join timelines
            on effects.timeline_id = timelines.timeline_id
    ) as borders
    where border is not null
),

{% endfor %}
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
        {%- for column in ['kind', 'act_id'] %}
        arg_min(
            effects.{{ column }},
            (effects.valid_from, if(effects.kind = 'stated_end', 'z', effects.kind))
        ) filter (where effects.kind in ('stated_end', 'repeals', 'supersedes'))
            as ending_{{ column }},
        {%- endfor %}
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
        coalesce(suspended_from > coalesce(reinstated_from, date '0001-01-01'), false)
            as is_suspended,
        coalesce(lapsed_relief_began_on > coalesce(reinstated_from, date '0001-01-01'), false)
            as is_lapsed,
        is_effective and ending_kind is null and not is_suspended as is_applied,
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

evaluated_{{ depth }} as (
    select
        timeline_id,
        world,
        valid_from,
        valid_to,
        known_from,
        known_to,
        ending_kind is not null as is_ended,
        coalesce(bool_or(is_applied) over earlier, false) as was_applied,
        case
            when is_ended and standing = 'relief' and ending_kind = 'stated_end'
                then 'lapsed_presumed'
            when is_ended and standing <> 'relief' and not was_applied then 'never_in_force'
            when ending_kind = 'supersedes' then 'superseded'
            when ending_kind = 'repeals' then 'repealed'
            when is_ended and end_basis = 'inference' then 'unknown'
            when is_ended then 'expired'
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
            when is_ended then ending_act_id
            when is_suspended then suspending_act_id
            when not is_effective then act_id
            when is_lapsed then lapsed_act_id
            when exempting_act_id is not null then exempting_act_id
            else coalesce(reinstating_act_id, act_id)
        end as acting_id,
    from looked_at_{{ depth }}
    where is_effective or is_announced
    window earlier as (
        partition by timeline_id, world, known_from
        order by valid_from
        rows between unbounded preceding and 1 preceding
    )
),

-- Cells of one state side by side are one stretch, whatever acts it rests on: an act that is
-- reinstated while it is in force has been at work without a break.
states_{{ depth }} as (
    {{ glued('evaluated_' ~ depth, 'valid', [
        'timeline_id', 'world', 'known_from', 'known_to', 'state', 'is_ended',
    ]) }}
),

states_up_to_{{ depth }} as (
    {{ 'select * from states_up_to_' ~ (depth - 1) ~ ' union all by name' if depth > 0 }}
    select * from states_{{ depth }}
),

{% endfor %}
final as (
    {% for depth in levels %}
    select
        timelines.timeline_key,
        timelines.claim_group,
        evaluated.world,
        evaluated.valid_from,
        evaluated.valid_to,
        evaluated.known_from,
        evaluated.known_to,
        evaluated.state,
        evaluated.acting_id,
    from evaluated_{{ depth }} as evaluated
    inner join timelines
        on evaluated.timeline_id = timelines.timeline_id
    where timelines.is_measure
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
