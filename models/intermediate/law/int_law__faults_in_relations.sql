with recursive

clauses as (
    select
        *,
        coalesce(effective_early, announced_early) as start_early,
        coalesce(effective_late, announced_late) as start_late,
        concat_ws('/', act_id, clause_id) as clause_name,
    from {{ ref('int_law__stated_clauses') }}
),

relations as (
    select
        *,
        'measure_relations' as table_name,
        {{ law_row_id('relation_id') }} as row_id,
        count(*) over (
            partition by
                act_id, act_clause_id, target_id, coalesce(target_clause_id, '*'), relation,
                user_type, target_partner, dispute, side
        ) as same_count,
    from {{ ref('stg_law__measure_relations') }}
),

relation_rules as (
    select
        table_name,
        row_id,
        unnest([
            { 'rule': 'act_on_itself', 'column_name': 'target_id', 'value': target_id,
              'details': [], 'is_broken': act_id = target_id },
            { 'rule': 'extension_without_new_end', 'column_name': 'new_end_on', 'value': null,
              'details': [], 'is_broken': relation = 'extends' and new_end_on is null },
            { 'rule': 'new_end_without_extension', 'column_name': 'new_end_on',
              'value': new_end_on, 'details': [],
              'is_broken': new_end_on is not null
              and relation in ('suspends', 'exempts', 'supersedes', 'repeals', 'reinstates') },
            { 'rule': 'dispute_and_side_apart',
              'column_name': if(side is null, 'side', 'dispute'), 'value': null, 'details': [],
              'is_broken': (dispute is null) <> (side is null) },
            { 'rule': 'repeated_relation', 'column_name': 'relation_id', 'value': relation_id,
              'details': [concat(act_id, ' ', relation, ' ', target_id)],
              'is_broken': same_count > 1 }
        ], recursive := true) as checked,
    from relations
),

named_clauses as (
    select
        table_name,
        row_id,
        unnest([
            { 'column_name': 'act_clause_id', 'act_id': act_id, 'clause_id': act_clause_id },
            { 'column_name': 'target_clause_id', 'act_id': target_id,
              'clause_id': nullif(target_clause_id, '*') }
        ], recursive := true) as named,
    from relations
),

clause_names as (
    select
        named_clauses.table_name,
        named_clauses.row_id,
        named_clauses.column_name,
        named_clauses.clause_id as value,
        'unknown_clause' as rule,
        [
            named_clauses.act_id,
            string_agg(distinct clauses.clause_id, ', ' order by clauses.clause_id)
        ] as details,
        not bool_or(clauses.clause_id = named_clauses.clause_id) as is_broken,
    from named_clauses
    inner join clauses
        on named_clauses.act_id = clauses.act_id
    where named_clauses.clause_id is not null
    group by
        named_clauses.table_name, named_clauses.row_id, named_clauses.column_name,
        named_clauses.clause_id, named_clauses.act_id
),

-- An act works as its first clause does, unless the relation names another.
first_clauses as (
    select
        act_id,
        min(clause_id) as clause_id,
        max(known_late) as known_late,
    from clauses
    group by act_id
),

-- One row per relation and clause that it bears on.
bearings as (
    select
        relations.*,
        targets.clause_name,
        targets.user_type as target_user_type,
        targets.target_partner as target_destination,
        targets.known_early as target_known_early,
        targets.start_early as target_start_early,
        least(targets.announced_early, targets.effective_early) as target_begins_early,
        targets.announced_on is null and targets.effective_from is null as is_never_announced,
        coalesce({{ last_day_of('relations.known_on') }}, first_clauses.known_late) as known_late,
        acting_clauses.start_early as act_start_early,
        greatest(acting_clauses.start_late, {{ last_day_of('relations.starts_on') }})
            as act_start_late,
        relations.user_type = targets.user_type
        or (targets.user_type = 'all' and relations.user_type in ('civil', 'military'))
            as is_for_users,
    from relations
    inner join clauses as targets
        on
            relations.target_id = targets.act_id
            and coalesce(relations.target_clause_id, '*') in ('*', targets.clause_id)
    left join first_clauses
        on relations.act_id = first_clauses.act_id
    left join clauses as acting_clauses
        on
            relations.act_id = acting_clauses.act_id
            and coalesce(relations.act_clause_id, first_clauses.clause_id)
            = acting_clauses.clause_id
    where relations.act_id <> relations.target_id
),

-- A wider or another destination would make a timeline that the clause does not have. Who knows
-- that an act bears on a target knows the target.
bearing_rules as (
    select
        table_name,
        row_id,
        unnest([
            { 'rule': 'destination_never_fits', 'column_name': 'destination',
              'value': target_partner, 'details': [clause_name, target_destination],
              'is_broken': {{ goes_beyond('target_partner', 'target_destination') }} },
            { 'rule': 'target_never_announced', 'column_name': 'target_id', 'value': target_id,
              'details': [clause_name], 'is_broken': is_never_announced },
            { 'rule': 'target_begins_later', 'column_name': 'target_id', 'value': target_id,
              'details': [
                  clause_name, cast(act_start_late as varchar),
                  cast(target_begins_early as varchar)
              ],
              'is_broken': act_start_late < target_begins_early },
            { 'rule': 'target_known_later',
              'column_name': if(known_on is null, 'target_id', 'known_on'),
              'value': coalesce(known_on, target_id),
              'details': [
                  clause_name, cast(known_late as varchar), cast(target_known_early as varchar)
              ],
              'is_broken': known_late < target_known_early
              and act_start_late >= target_begins_early },
            { 'rule': 'new_end_before_start', 'column_name': 'new_end_on', 'value': new_end_on,
              'details': [clause_name, cast(target_start_early as varchar)],
              'is_broken': {{ end_late('new_end_on', 'new_end_is_inclusive') }}
              <= target_start_early },
            { 'rule': 'starts_before_its_act', 'column_name': 'starts_on', 'value': starts_on,
              'details': [cast(act_start_early as varchar)],
              'is_broken': {{ last_day_of('starts_on') }} < act_start_early }
        ], recursive := true) as checked,
    from bearings
),

users as (
    select
        table_name,
        row_id,
        'user_type' as column_name,
        user_type as value,
        'user_type_never_fits' as rule,
        [target_id, string_agg(distinct target_user_type, ', ' order by target_user_type)]
            as details,
        not bool_or(is_for_users) as is_broken,
    from bearings
    where user_type in ('all', 'civil', 'military', 'listed_entities')
    group by table_name, row_id, user_type, target_id
),

-- One act may do one thing to a clause at a time.
contradictions as (
    select
        first_one.table_name,
        first_one.row_id,
        'relation' as column_name,
        first_one.relation as value,
        'contradictory_relations' as rule,
        [second_one.relation, second_one.row_id] as details,
        first_one.relation <> second_one.relation as is_broken,
    from bearings as first_one
    inner join bearings as second_one
        using (act_id, clause_name)
    where
        'extends' not in (first_one.relation, second_one.relation)
        and first_one.act_clause_id is not distinct from second_one.act_clause_id
        and first_one.starts_on is not distinct from second_one.starts_on
        {%- for part in ['user_type', 'target_partner', 'dispute', 'side'] %}
        and coalesce(first_one.{{ part }} = second_one.{{ part }}, true)
        {%- endfor %}
),

edges as (
    select distinct
        act_id,
        target_id,
    from relations
    where act_id <> target_id
),

-- Ways from act to act, up to one step too long; a way that comes back to its start is a cycle.
paths as (
    select
        target_id as last_id,
        [act_id, target_id] as path,
    from edges
    union all
    select
        edges.target_id as last_id,
        list_append(paths.path, edges.target_id) as path,
    from paths
    inner join edges
        on paths.last_id = edges.act_id
    where
        len(paths.path) <= {{ var('law_max_depth') }} + 1
        and paths.last_id <> paths.path[1]
        and not list_contains(paths.path[2:], edges.target_id)
),

chains as (
    select
        relations.table_name,
        relations.row_id,
        unnest([
            { 'rule': 'cycle', 'column_name': 'target_id', 'value': relations.target_id,
              'details': [array_to_string(paths.path, ' > ')],
              'is_broken': paths.last_id = paths.path[1] and relations.act_id = paths.path[1] },
            { 'rule': 'chain_too_long', 'column_name': 'act_id', 'value': relations.act_id,
              'details': ['{{ var("law_max_depth") }}', array_to_string(paths.path, ' > ')],
              'is_broken': paths.last_id <> paths.path[1]
              and len(paths.path) = {{ var('law_max_depth') }} + 2 }
        ], recursive := true) as checked,
    from relations
    inner join paths
        on
            list_position(paths.path, relations.act_id) + 1
            = list_position(paths.path, relations.target_id)
),

{{ law_faults([
    'relation_rules', 'clause_names', 'bearing_rules', 'users', 'contradictions', 'chains',
]) }}
