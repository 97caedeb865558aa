{{ config(materialized='table') }}

with

measure_states as (
    select * from {{ ref('int_law__measure_states') }}
),

scenarios as (
    select * from {{ ref('int_scenarios__scenarios') }}
),

law_changes as (
    select * from {{ ref('int_scenarios__law_changes') }}
),

changed_timelines as (
    select
        scenario_id,
        measure_id,
        clause_id,
        destination,
        user_type,
        min(assumed_on) as assumed_on,
    from law_changes
    group by all
),

in_scenarios as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        measure_states.*,
    from scenarios
    cross join measure_states
),

unchanged as (
    select
        in_scenarios.*,
        false as is_assumed,
    from in_scenarios
    anti join changed_timelines
        using (scenario_id, measure_id, clause_id, destination, user_type)
),

touched as (
    select
        in_scenarios.*,
        changed_timelines.assumed_on,
    from in_scenarios
    inner join changed_timelines
        using (scenario_id, measure_id, clause_id, destination, user_type)
),

-- Within these borders, on both axes, neither the base nor the assumption changes.
valid_borders as (
    {%- for border, relation in [
        ('valid_from', 'touched'), ('valid_to', 'touched'),
        ('valid_from', 'law_changes'), ('valid_to', 'law_changes'),
    ] %}
    select
        scenario_id,
        measure_id,
        clause_id,
        destination,
        user_type,
        {{ border }} as border,
    from {{ relation }}
    where {{ border }} is not null
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

known_borders as (
    {%- for border in ['known_from', 'known_to', 'assumed_on'] %}
    select
        scenario_id,
        measure_id,
        clause_id,
        destination,
        user_type,
        {{ border }} as border,
    from touched
    where {{ border }} is not null
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

valid_stretches as (
    select
        *,
        lead(border) over (
            partition by scenario_id, measure_id, clause_id, destination, user_type
            order by border
        ) as next_border,
    from valid_borders
),

known_stretches as (
    select
        *,
        lead(border) over (
            partition by scenario_id, measure_id, clause_id, destination, user_type
            order by border
        ) as next_border,
    from known_borders
),

cells as (
    select
        touched.* exclude (valid_from, valid_to, known_from, known_to),
        valid_stretches.border as valid_from,
        valid_stretches.next_border as valid_to,
        known_stretches.border as known_from,
        known_stretches.next_border as known_to,
    from touched
    inner join valid_stretches
        on
            touched.scenario_id = valid_stretches.scenario_id
            and touched.measure_id = valid_stretches.measure_id
            and touched.clause_id = valid_stretches.clause_id
            and touched.destination = valid_stretches.destination
            and touched.user_type = valid_stretches.user_type
            and touched.valid_from <= valid_stretches.border
            and (touched.valid_to is null or touched.valid_to > valid_stretches.border)
    inner join known_stretches
        on
            touched.scenario_id = known_stretches.scenario_id
            and touched.measure_id = known_stretches.measure_id
            and touched.clause_id = known_stretches.clause_id
            and touched.destination = known_stretches.destination
            and touched.user_type = known_stretches.user_type
            and touched.known_from <= known_stretches.border
            and (touched.known_to is null or touched.known_to > known_stretches.border)
),

base_cells as (
    select
        *,
        min(if(state = 'in_force', valid_from, null)) over (
            partition by scenario_id, measure_id, clause_id, destination, user_type, known_from
        ) as first_applied_on,
    from cells
    where claim_group = 'base'
),

-- A relief bears on measures that stand; what was repealed or is not in effect yet stays so. Of
-- several changes of one cell the last counts.
assumed as (
    select
        base_cells.scenario_id,
        base_cells.measure_id,
        base_cells.clause_id,
        base_cells.destination,
        base_cells.user_type,
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
        on
            base_cells.scenario_id = law_changes.scenario_id
            and base_cells.measure_id = law_changes.measure_id
            and base_cells.clause_id = law_changes.clause_id
            and base_cells.destination = law_changes.destination
            and base_cells.user_type = law_changes.user_type
            and base_cells.known_from >= law_changes.assumed_on
            and base_cells.valid_from >= law_changes.valid_from
            and (law_changes.valid_to is null or base_cells.valid_from < law_changes.valid_to)
    where
        not law_changes.is_by_relief
        or base_cells.state in (
            'in_force', 'lapsed_presumed', 'unknown', 'exempted', 'suspended',
            'suspended_before_effect'
        )
    qualify
        row_number() over (
            partition by
                base_cells.scenario_id, base_cells.measure_id, base_cells.clause_id,
                base_cells.destination, base_cells.user_type, base_cells.valid_from,
                base_cells.known_from
            order by law_changes.change_number desc
        ) = 1
),

-- An assumption settles a dispute: the rival readings of its time are left out.
decided as (
    select
        cells.scenario_id,
        cells.scenario_origin,
        concat_ws('|', cells.measure_id, cells.clause_id, cells.destination, cells.user_type)
            as timeline_key,
        cells.measure_id,
        cells.clause_id,
        cells.destination,
        cells.user_type,
        cells.claim_group,
        cells.valid_from,
        cells.valid_to,
        cells.known_from,
        cells.known_to,
        coalesce(assumed.new_state, cells.state) as state,
        coalesce(assumed.new_state, cells.state_if_early) as state_if_early,
        coalesce(assumed.new_state, cells.state_if_late) as state_if_late,
        coalesce(assumed.new_act_id, cells.act_id) as act_id,
        cells.is_disputed and assumed.new_state is null as is_disputed,
        case when assumed.new_state is null then cells.certainty else 'assumed' end as certainty,
        cells.is_known_on_assumed,
        assumed.new_state is not null as is_assumed,
    from cells
    left join assumed
        using (
            scenario_id, measure_id, clause_id, destination, user_type, valid_from, known_from
        )
    where cells.claim_group = 'base' or assumed.new_state is null
),

{% set attributes = [
    'state', "coalesce(state_if_early, '')", "coalesce(state_if_late, '')", 'act_id',
    'is_disputed',
] %}
-- Cells put together again: first stretches of valid time, then what was known one after the
-- other. A state that goes on by assumption is one stretch with what came before, and assumed.
marked as (
    select
        *,
        if(
            lag(valid_to) over stretch_order = valid_from
            {%- for attribute in attributes %}
            and {{ attribute }}
            = lag({{ attribute }}) over stretch_order
            {%- endfor %},
            0, 1
        ) as is_new,
    from decided
    window stretch_order as (
        partition by scenario_id, timeline_key, claim_group, known_from order by valid_from
    )
),

numbered as (
    select
        *,
        sum(is_new) over (
            partition by scenario_id, timeline_key, claim_group, known_from order by valid_from
        ) as stretch,
    from marked
),

stretches as (
    select
        * exclude (valid_from, valid_to, is_new, certainty, is_assumed),
        case
            when bool_or(is_assumed) then 'assumed' else any_value(certainty order by valid_from)
        end as certainty,
        bool_or(is_assumed) as is_assumed,
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
    from numbered
    group by all
),

-- A rival reading begins where it first departs from the base.
departed as (
    select * exclude (stretch)
    from stretches
    qualify
        claim_group = 'base'
        or bool_or(is_disputed) over (
            partition by scenario_id, timeline_key, claim_group, known_from
            order by valid_from
            rows between unbounded preceding and current row
        )
),

known_marked as (
    select
        *,
        if(lag(known_to) over known_order = known_from, 0, 1) as is_new_known,
    from departed
    window known_order as (
        partition by
            scenario_id, timeline_key, claim_group, valid_from, valid_to, certainty, is_assumed,
            {{ attributes | join(', ') }}
        order by known_from
    )
),

known_numbered as (
    select
        *,
        sum(is_new_known) over (
            partition by
                scenario_id, timeline_key, claim_group, valid_from, valid_to, certainty,
                is_assumed, {{ attributes | join(', ') }}
            order by known_from
        ) as known_stretch,
    from known_marked
),

put_together as (
    select
        * exclude (known_from, known_to, is_new_known),
        min(known_from) as known_from,
        case when bool_and(known_to is not null) then max(known_to) end as known_to,
    from known_numbered
    group by all
),

final as (
    select * from unchanged
    union all by name
    select * exclude (timeline_key, known_stretch) from put_together
)

select * from final
