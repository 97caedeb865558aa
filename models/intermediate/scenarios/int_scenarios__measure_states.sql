{% set timeline = 'scenario_id, measure_id, clause_id, destination, user_type' %}
with

measure_states as (select * from {{ ref('int_law__measure_states') }}),
law_changes as (select * from {{ ref('int_scenarios__law_changes') }}),

changed_timelines as (
    select distinct
        scenario_id,
        scenario_origin,
        measure_id,
        clause_id,
        destination,
        user_type,
        assumed_on,
    from law_changes
),

touched as (
    select
        changed_timelines.scenario_id,
        changed_timelines.scenario_origin,
        changed_timelines.assumed_on,
        measure_states.*,
    from measure_states
    inner join changed_timelines
        using (measure_id, clause_id, destination, user_type)
),

-- Within these borders, on both axes, neither the law nor the assumption changes.
valid_stretches as (
    select
        {{ timeline }},
        border as valid_from,
        lead(border) over (partition by {{ timeline }} order by border) as valid_to,
    from (
        {%- for relation in ['touched', 'law_changes'] %}
        select
            {{ timeline }},
            unnest([valid_from, valid_to]) as border,
        from {{ relation }}
        {{ 'union' if not loop.last }}
        {%- endfor %}
    ) as borders
    where border is not null
),

known_stretches as (
    select
        {{ timeline }},
        border as known_from,
        lead(border) over (partition by {{ timeline }} order by border) as known_to,
    from (
        select distinct
            {{ timeline }},
            unnest([known_from, known_to, assumed_on]) as border,
        from touched
    ) as borders
    where border is not null
),

cells as (
    select
        touched.* replace (
            valid_stretches.valid_from as valid_from,
            valid_stretches.valid_to as valid_to,
            known_stretches.known_from as known_from,
            known_stretches.known_to as known_to
        ),
    from touched
    inner join valid_stretches
        using ({{ timeline }})
    inner join known_stretches
        using ({{ timeline }})
    where
        touched.valid_from <= valid_stretches.valid_from
        and (touched.valid_to is null or touched.valid_to > valid_stretches.valid_from)
        and touched.known_from <= known_stretches.known_from
        and (touched.known_to is null or touched.known_to > known_stretches.known_from)
),

base_cells as (
    select
        *,
        min(if(state = 'in_force', valid_from, null)) over (
            partition by {{ timeline }}, known_from
        ) as first_applied_on,
    from cells
    where claim_group = 'base'
),

-- A relief bears on measures that stand; what was repealed or is not in effect yet stays so. Of
-- several changes of one cell the last counts.
assumed as (
    select
        {{ timeline }},
        base_cells.valid_from,
        base_cells.known_from,
        case
            when
                law_changes.new_state = 'suspended'
                and (
                    base_cells.first_applied_on is null
                    or base_cells.first_applied_on >= law_changes.valid_from
                )
                then 'suspended_before_effect'
            else law_changes.new_state
        end as new_state,
        law_changes.act_id as new_act_id,
    from base_cells
    inner join law_changes
        using ({{ timeline }})
    where
        base_cells.known_from >= law_changes.assumed_on
        and base_cells.valid_from >= law_changes.valid_from
        and (law_changes.valid_to is null or base_cells.valid_from < law_changes.valid_to)
        and (
            not law_changes.is_by_relief
            or base_cells.state in (
                'in_force', 'lapsed_presumed', 'unknown', 'exempted', 'suspended',
                'suspended_before_effect'
            )
        )
    qualify
        row_number() over (
            partition by {{ timeline }}, base_cells.valid_from, base_cells.known_from
            order by law_changes.change_number desc
        ) = 1
),

-- An assumption settles a dispute: the rival readings of its time are left out.
decided as (
    select
        cells.* replace (
            coalesce(assumed.new_state, cells.state) as state,
            coalesce(assumed.new_state, cells.state_if_early) as state_if_early,
            coalesce(assumed.new_state, cells.state_if_late) as state_if_late,
            coalesce(assumed.new_act_id, cells.act_id) as act_id,
            cells.is_disputed and assumed.new_state is null as is_disputed,
            case when assumed.new_state is null then cells.certainty else 'assumed' end as certainty
        ),
        assumed.new_state is not null as is_assumed,
    from cells
    left join assumed
        using ({{ timeline }}, valid_from, known_from)
    where cells.claim_group = 'base' or assumed.new_state is null
),

{% set columns = [
    'scenario_id', 'scenario_origin', 'measure_id', 'clause_id', 'destination', 'user_type',
    'claim_group', 'state', 'state_if_early', 'state_if_late', 'act_id', 'is_disputed',
    'is_known_on_assumed',
] %}
-- A state that goes on by assumption is one stretch with what came before, and assumed.
stretches as (
    {{ glued('decided', 'valid', columns + ['known_from', 'known_to'], [
        "case when bool_or(is_assumed) then 'assumed' else min(certainty) end as certainty",
        'bool_or(is_assumed) as is_assumed',
    ]) }}
),

-- A rival reading begins where it first departs from the base.
departed as (
    select *
    from stretches
    qualify
        claim_group = 'base'
        or bool_or(is_disputed) over (
            partition by {{ timeline }}, claim_group, known_from
            order by valid_from
            rows between unbounded preceding and current row
        )
),

final as (
    {{ glued('departed', 'known', columns + [
        'valid_from', 'valid_to', 'certainty', 'is_assumed',
    ]) }}
)

select * from final
