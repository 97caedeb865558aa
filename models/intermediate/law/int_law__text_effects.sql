with

clauses as (select * from {{ ref('int_law__clauses') }}),
relations as (select * from {{ ref('int_law__relations') }}),
timelines as (select * from {{ ref('int_law__timelines') }}),

-- All imprecise dates at their first possible day, and all at their last.
worlds as (
    select unnest(['early', 'late']) as world
),

timeline_clauses as (
    select
        timelines.timeline_id,
        timelines.depth,
        worlds.world,
        clauses.*,
    from timelines
    inner join clauses
        on timelines.act_id = clauses.act_id and timelines.clause_id = clauses.clause_id
    cross join worlds
),

-- The end in the text, and each to which an extension moves it.
ends as (
    select
        timeline_id,
        depth,
        world,
        act_id,
        if(world = 'early', end_early, end_late) as ends_on,
        end_early,
        end_late,
        known_from,
        false as is_moved,
    from timeline_clauses
    where end_early is not null
    union all
    select
        timelines.timeline_id,
        timelines.depth,
        worlds.world,
        relations.act_id,
        if(worlds.world = 'early', relations.new_end_early, relations.new_end_late) as ends_on,
        relations.new_end_early as end_early,
        relations.new_end_late as end_late,
        relations.known_from,
        true as is_moved,
    from timelines
    inner join relations
        on {{ bears_on('relations', 'timelines') }}
    cross join worlds
    where relations.relation = 'extends'
),

effects as (
    {% for kind, known_from in [
        ('announced', 'known_from'), ('effective', 'effective_known_from'),
    ] %}
    select
        timeline_id,
        depth,
        world,
        '{{ kind }}' as kind,
        act_id,
        if(world = 'early', {{ kind }}_early, {{ kind }}_late) as valid_from,
        {{ known_from }} as known_from,
        cast(null as date) as known_to,
    from timeline_clauses
    where {{ kind }}_early is not null
    union all
    {% endfor %}
    -- Adopted, its start not known yet: in one world it has begun, in the other it has not.
    select
        timeline_id,
        depth,
        world,
        'effective' as kind,
        act_id,
        possible_from as valid_from,
        known_from,
        if(effective_early is null, null, effective_known_from) as known_to,
    from timeline_clauses
    where
        world = 'early'
        and possible_from is not null
        and (effective_early is null or known_from < effective_known_from)
    union all
    -- The end in the text holds until an extension is known, that one until the next.
    select
        timeline_id,
        depth,
        world,
        'stated_end' as kind,
        act_id,
        ends_on as valid_from,
        known_from,
        lead(known_from) over (
            partition by timeline_id, world
            order by is_moved, known_from, end_early, end_late
        ) as known_to,
    from ends
),

-- What an act does to another has an end, and a day on which it began (int_law__cell_states).
final as (
    select
        *,
        cast(null as date) as valid_to,
        cast(null as date) as began_on,
    from effects
)

select * from final
