with recursive

measures as (
    select * from {{ ref('stg_law__measures') }}
),

other_acts as (
    select * from {{ ref('stg_law__acts') }}
),

clauses as (
    select * from {{ ref('stg_law__measure_clauses') }}
),

measure_relations as (
    select * from {{ ref('stg_law__measure_relations') }}
),

claims as (
    select * from {{ ref('stg_law__measure_states_claimed') }}
),

types as (
    select * from {{ ref('stg_law__measure_types') }}
),

relations as (
    select
        *,
        {{ law_row_id('relation_id') }} as row_id,
    from measure_relations
),

-- A clause takes from its act what it does not state itself.
acts as (
    select
        'measures' as table_name,
        measures.measure_id as act_id,
        types.standing,
        types.user_type,
        measures.target_partner,
        measures.announced_on,
        measures.effective_from,
        cast(null as varchar) as known_on,
    from measures
    left join types
        on measures.measure_type = types.measure_type
    union all
    select
        'law_acts' as table_name,
        other_acts.act_id,
        types.standing,
        types.user_type,
        'ALL' as target_partner,
        other_acts.announced_on,
        other_acts.effective_from,
        other_acts.known_on,
    from other_acts
    left join types
        on other_acts.act_type = types.measure_type
),

whole_clauses as (
    select
        acts.table_name,
        acts.act_id,
        acts.standing,
        clauses.measure_id is not null as is_listed,
        coalesce(clauses.clause_id, 'whole') as clause_id,
        coalesce(clauses.user_type, acts.user_type) as user_type,
        coalesce(clauses.target_partner, acts.target_partner) as target_partner,
        coalesce(clauses.announced_on, acts.announced_on) as announced_on,
        coalesce(clauses.effective_from, acts.effective_from) as effective_from,
        coalesce(clauses.known_on, acts.known_on) as known_on,
    from acts
    left join clauses
        on acts.act_id = clauses.measure_id
),

dated_clauses as (
    select
        *,
        {{ first_day('announced_on') }} as announced_early,
        {{ first_day('effective_from') }} as effective_early,
        {{ first_day('coalesce(effective_from, announced_on)') }} as start_early,
        {{ last_day_of('coalesce(effective_from, announced_on)') }} as start_late,
        {{ first_day('coalesce(known_on, announced_on, effective_from)') }} as known_early,
        {{ last_day_of('coalesce(known_on, announced_on, effective_from)') }} as known_late,
        if(is_listed, 'measure_clauses', table_name) as source_table,
        if(
            is_listed,
            {{ law_row_id('act_id', 'clause_id') }},
            {{ law_row_id('act_id') }}
        ) as source_row_id,
    from whole_clauses
),

stated_terms as (
    select
        'measures' as table_name,
        {{ law_row_id('measure_id') }} as row_id,
        'effective_to' as end_column,
        effective_to as term_end,
        true as is_inclusive,
        coalesce(effective_from, announced_on) as term_start,
    from measures
    union all
    select
        'law_acts' as table_name,
        {{ law_row_id('act_id') }} as row_id,
        'effective_to' as end_column,
        effective_to as term_end,
        effective_to_is_inclusive as is_inclusive,
        coalesce(effective_from, announced_on) as term_start,
    from other_acts
    union all
    select
        'measure_clauses' as table_name,
        {{ law_row_id('clauses.measure_id', 'clauses.clause_id') }} as row_id,
        'effective_to' as end_column,
        clauses.effective_to as term_end,
        clauses.effective_to_is_inclusive as is_inclusive,
        coalesce(
            clauses.effective_from, acts.effective_from, clauses.announced_on, acts.announced_on
        ) as term_start,
    from clauses
    left join acts
        on clauses.measure_id = acts.act_id
    union all
    select
        'measure_status' as table_name,
        {{ law_row_id('status_id') }} as row_id,
        'valid_to' as end_column,
        valid_to as term_end,
        valid_to_is_inclusive as is_inclusive,
        valid_from as term_start,
    from claims
    union all
    select
        'measure_relations' as table_name,
        row_id,
        'new_end_on' as end_column,
        new_end_on as term_end,
        new_end_is_inclusive as is_inclusive,
        cast(null as varchar) as term_start,
    from relations
),

-- An end is at fault where it surely lies before its start, whatever imprecise dates mean.
terms as (
    select
        table_name,
        row_id,
        end_column as column_name,
        term_end as value,
        'end_before_start' as rule,
        'it ends before it starts (' || term_start || ')' as reason,
        'correct one of the two dates' as remedy,
    from stated_terms
    where {{ end_late('term_end', 'is_inclusive') }} <= {{ first_day('term_start') }}
    union all
    select
        table_name,
        row_id,
        replace(end_column, '_on', '') || '_is_inclusive' as column_name,
        cast(null as varchar) as value,
        'end_without_flag' as rule,
        'an end is stated (' || term_end || ') but not whether it is the last day' as reason,
        'write Y if it is the last day, N if it is the first day after' as remedy,
    from stated_terms
    where term_end is not null and is_inclusive is null
    union all
    select
        'measure_clauses' as table_name,
        {{ law_row_id('measure_id', 'clause_id') }} as row_id,
        'effective_to_basis' as column_name,
        effective_to_basis as value,
        'end_and_basis_apart' as rule,
        'an end and what it rests on go together' as reason,
        'fill both effective_to and effective_to_basis, or neither' as remedy,
    from clauses
    where (effective_to is null) <> (effective_to_basis is null)
),

proposals as (
    select
        table_name,
        {{ law_row_id('act_id') }} as row_id,
        effective_from,
    from acts
    where standing = 'proposal'
    union all
    select
        'measure_clauses' as table_name,
        {{ law_row_id('clauses.measure_id', 'clauses.clause_id') }} as row_id,
        clauses.effective_from,
    from clauses
    inner join acts
        on clauses.measure_id = acts.act_id
    where acts.standing = 'proposal'
),

-- The end that `measures` lists is read from where it was set, else it would be lost.
ended_elsewhere as (
    select measure_id as act_id
    from clauses
    where effective_to is not null
    union
    select target_id as act_id
    from relations
    where relation in ('extends', 'repeals', 'supersedes')
),

law as (
    select
        'measures' as table_name,
        {{ law_row_id('measures.measure_id') }} as row_id,
        'effective_to' as column_name,
        measures.effective_to as value,
        'end_without_origin' as rule,
        'no clause states this end and no act sets it, so the models would not know it' as reason,
        'state it in measure_clauses, or the act in measure_relations, or leave it empty' as remedy,
    from measures
    left join ended_elsewhere
        on measures.measure_id = ended_elsewhere.act_id
    where measures.effective_to is not null and ended_elsewhere.act_id is null
    union all
    select
        source_table as table_name,
        source_row_id as row_id,
        'announced_on' as column_name,
        announced_on as value,
        'never_announced' as rule,
        'it has neither a day of announcement nor one of effect, so no state follows' as reason,
        'fill announced_on or effective_from, with a month or a year if no day is known' as remedy,
    from dated_clauses
    where announced_on is null and effective_from is null
    union all
    select
        table_name,
        row_id,
        'effective_from' as column_name,
        effective_from as value,
        'proposal_in_effect' as rule,
        'a proposal is not law and takes effect on no day' as reason,
        'give it the type of a law if it was adopted, else put the day into the note' as remedy,
    from proposals
    where effective_from is not null
),

acting_clauses as (
    select
        act_id,
        min(clause_id) as clause_id,
        max(known_late) as known_late,
    from dated_clauses
    group by act_id
),

-- One row per relation and clause that it bears on.
bearings as (
    select
        relations.*,
        targets.clause_id as bears_on_clause_id,
        targets.user_type as target_user_type,
        targets.target_partner as target_destination,
        targets.announced_on as target_announced_on,
        targets.effective_from as target_effective_from,
        targets.start_early as target_start_early,
        targets.known_early as target_known_early,
        least(targets.announced_early, targets.effective_early) as target_begins_early,
        coalesce({{ last_day_of('relations.known_on') }}, acting.known_late) as known_late,
        acting_clauses.start_early as act_start_early,
        greatest(acting_clauses.start_late, {{ last_day_of('relations.starts_on') }})
            as act_start_late,
    from relations
    inner join dated_clauses as targets
        on
            relations.target_id = targets.act_id
            and coalesce(relations.target_clause_id, '*') in ('*', targets.clause_id)
    left join acting_clauses as acting
        on relations.act_id = acting.act_id
    left join dated_clauses as acting_clauses
        on
            relations.act_id = acting_clauses.act_id
            and coalesce(relations.act_clause_id, acting.clause_id) = acting_clauses.clause_id
    where relations.act_id <> relations.target_id
),

named_clauses as (
    select
        row_id,
        unnest([
            { 'column_name': 'act_clause_id', 'act_id': act_id, 'clause_id': act_clause_id },
            {
                'column_name': 'target_clause_id',
                'act_id': target_id,
                'clause_id': target_clause_id
            }
        ], recursive := true) as named,
    from relations
),

relation_clauses as (
    select
        named_clauses.row_id,
        named_clauses.column_name,
        named_clauses.clause_id as value,
        'unknown_clause' as rule,
        named_clauses.act_id || ' has no such clause' as reason,
        'write one of: '
        || string_agg(distinct dated_clauses.clause_id, ', ' order by dated_clauses.clause_id)
            as remedy,
    from named_clauses
    inner join dated_clauses
        on named_clauses.act_id = dated_clauses.act_id
    where named_clauses.clause_id <> '*' or named_clauses.column_name = 'act_clause_id'
    group by all
    having not bool_or(dated_clauses.clause_id = named_clauses.clause_id)
),

relation_words as (
    select
        row_id,
        'target_id' as column_name,
        target_id as value,
        'act_on_itself' as rule,
        'an act cannot bear on itself' as reason,
        'name the act that does it, or list it in law_acts first' as remedy,
    from relations
    where act_id = target_id
    union all
    select
        row_id,
        'new_end_on' as column_name,
        new_end_on as value,
        'new_end_and_relation_apart' as rule,
        if(
            relation = 'extends',
            'an extension without a new end moves nothing',
            'only an extension moves an end'
        ) as reason,
        if(
            relation = 'extends',
            'fill new_end_on, or write what the act does in place of extends',
            'take new_end_on out, or write extends'
        ) as remedy,
    from relations
    where
        relation in ('suspends', 'exempts', 'extends', 'supersedes', 'repeals', 'reinstates')
        and (relation = 'extends') <> (new_end_on is not null)
    union all
    select
        row_id,
        if(side is null, 'side', 'dispute') as column_name,
        cast(null as varchar) as value,
        'dispute_and_side_apart' as rule,
        'a dispute has sides, and a side belongs to a dispute' as reason,
        'fill both dispute and side, or neither' as remedy,
    from relations
    where (dispute is null) <> (side is null)
    union all
    select
        row_id,
        'relation_id' as column_name,
        relation_id as value,
        'repeated_relation' as rule,
        concat('several rows say that ', act_id, ' ', relation, ' ', target_id) as reason,
        'keep one of them' as remedy,
    from relations
    qualify
        count(*) over (
            partition by
                act_id, act_clause_id, target_id, coalesce(target_clause_id, '*'), relation,
                user_type, target_partner, dispute, side
        ) > 1
),

relation_fits as (
    select
        row_id,
        'user_type' as column_name,
        user_type as value,
        'user_type_never_fits' as rule,
        target_id || ' bears on '
        || string_agg(distinct target_user_type, ', ' order by target_user_type) as reason,
        'leave it empty, or split a clause for these users off in measure_clauses' as remedy,
    from bearings
    where user_type in ('all', 'civil', 'military', 'listed_entities')
    group by row_id, user_type, target_id
    having
        not bool_or(
            user_type = target_user_type
            or (target_user_type = 'all' and user_type in ('civil', 'military'))
        )
    union all
    -- A wider or another destination would make a timeline that the clause does not have.
    select
        row_id,
        'destination' as column_name,
        target_partner as value,
        'destination_never_fits' as rule,
        concat_ws('/', target_id, bears_on_clause_id) || ' bears on ' || target_destination
            as reason,
        'leave it empty, or name a destination within it' as remedy,
    from bearings
    where
        target_partner <> target_destination
        and not (
            target_destination = 'ALL'
            or (
                target_destination in ('EU', 'ALL non-EU')
                and target_partner not in ('ALL', 'EU', 'ALL non-EU')
            )
        )
    union all
    select
        row_id,
        'target_id' as column_name,
        target_id as value,
        'target_never_announced' as rule,
        concat_ws('/', target_id, bears_on_clause_id) || ' was never announced' as reason,
        'fill its announced_on or effective_from first' as remedy,
    from bearings
    where target_announced_on is null and target_effective_from is null
    union all
    select
        row_id,
        'target_id' as column_name,
        target_id as value,
        'target_begins_later' as rule,
        'the act works from ' || act_start_late || ', before '
        || concat_ws('/', target_id, bears_on_clause_id) || ' was announced or took effect ('
        || target_begins_early || ')' as reason,
        'correct the dates of one of the two, or name another target' as remedy,
    from bearings
    where act_start_late < target_begins_early
    union all
    -- Who knows that an act bears on a target knows the target.
    select
        row_id,
        if(known_on is null, 'target_id', 'known_on') as column_name,
        coalesce(known_on, target_id) as value,
        'target_known_later' as rule,
        'the relation was known on ' || known_late || ', but '
        || concat_ws('/', target_id, bears_on_clause_id) || ' not before ' || target_known_early
            as reason,
        'correct the dates, or fill known_on with the day from which both were known' as remedy,
    from bearings
    where known_late < target_known_early and act_start_late >= target_begins_early
    union all
    select
        row_id,
        'new_end_on' as column_name,
        new_end_on as value,
        'new_end_before_start' as rule,
        'the new end is not later than the start of '
        || concat_ws('/', target_id, bears_on_clause_id) || ' (' || target_start_early || ')'
            as reason,
        'correct the new end' as remedy,
    from bearings
    where {{ end_late('new_end_on', 'new_end_is_inclusive') }} <= target_start_early
    union all
    select
        row_id,
        'starts_on' as column_name,
        starts_on as value,
        'starts_before_its_act' as rule,
        'the act itself starts on ' || act_start_early || '; starts_on can only be later' as reason,
        'leave it empty, or correct one of the dates' as remedy,
    from bearings
    where {{ last_day_of('starts_on') }} < act_start_early
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
        relations.row_id,
        'target_id' as column_name,
        relations.target_id as value,
        'cycle' as rule,
        'the acts bear on each other in a circle: '
        || min(array_to_string(paths.path, ' > ')) as reason,
        'take out the relation that turns back' as remedy,
    from relations
    inner join paths
        on relations.act_id = paths.path[1] and relations.target_id = paths.path[2]
    where paths.last_id = paths.path[1]
    group by all
    union all
    select
        relations.row_id,
        'act_id' as column_name,
        relations.act_id as value,
        'chain_too_long' as rule,
        'more than {{ var("law_max_depth") }} acts bear on each other in a row: '
        || min(array_to_string(paths.path, ' > ')) as reason,
        'take a link out of the chain, or raise law_max_depth in dbt_project.yml' as remedy,
    from relations
    inner join paths
        on
            list_position(paths.path, relations.act_id) + 1
            = list_position(paths.path, relations.target_id)
    where
        len(paths.path) = {{ var('law_max_depth') }} + 2
        and paths.last_id <> paths.path[1]
    group by all
),

-- One act may do one thing to a clause at a time.
contradictions as (
    select distinct
        first_one.row_id,
        'relation' as column_name,
        first_one.relation as value,
        'contradictory_relations' as rule,
        'the same act ' || second_one.relation || ' it too (' || second_one.row_id || ')' as reason,
        'keep one of the two, or give them different starts_on, users or destinations' as remedy,
    from bearings as first_one
    inner join bearings as second_one
        on
            first_one.act_id = second_one.act_id
            and first_one.target_id = second_one.target_id
            and first_one.bears_on_clause_id = second_one.bears_on_clause_id
    where
        first_one.relation <> second_one.relation
        and first_one.relation <> 'extends'
        and second_one.relation <> 'extends'
        and first_one.act_clause_id is not distinct from second_one.act_clause_id
        and first_one.starts_on is not distinct from second_one.starts_on
        and coalesce(first_one.user_type, second_one.user_type, '')
        = coalesce(second_one.user_type, first_one.user_type, '')
        and coalesce(first_one.target_partner, second_one.target_partner, '')
        = coalesce(second_one.target_partner, first_one.target_partner, '')
        and coalesce(first_one.dispute || first_one.side, second_one.dispute || second_one.side, '')
        = coalesce(second_one.dispute || second_one.side, first_one.dispute || first_one.side, '')
),

-- A clause bears on a part of those that its measure bears on.
wider_clauses as (
    select
        'measure_clauses' as table_name,
        {{ law_row_id('clauses.measure_id', 'clauses.clause_id') }} as row_id,
        'destination' as column_name,
        clauses.target_partner as value,
        'destination_beyond_measure' as rule,
        clauses.measure_id || ' bears on ' || measures.target_partner as reason,
        'leave it empty, or name a destination within it' as remedy,
    from clauses
    inner join measures
        on clauses.measure_id = measures.measure_id
    where
        clauses.target_partner <> measures.target_partner
        and measures.target_partner <> 'ALL'
        and not (
            measures.target_partner in ('EU', 'ALL non-EU')
            and clauses.target_partner not in ('ALL', 'EU', 'ALL non-EU')
        )
),

relation_faults as (
    select
        'measure_relations' as table_name,
        *,
    from contradictions
    union all
    select
        'measure_relations' as table_name,
        *,
    from relation_clauses
    union all
    select
        'measure_relations' as table_name,
        *,
    from relation_words
    union all
    select
        'measure_relations' as table_name,
        *,
    from relation_fits
    union all
    select
        'measure_relations' as table_name,
        *,
    from chains
),

{{ law_faults(['terms', 'law', 'wider_clauses', 'relation_faults']) }}
