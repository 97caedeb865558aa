with

stated_clauses as (
    select
        *,
        if(is_listed, 'measure_clauses', act_table) as table_name,
        if(
            is_listed,
            {{ law_row_id('act_id', 'clause_id') }},
            {{ law_row_id('act_id') }}
        ) as row_id,
    from {{ ref('int_law__stated_clauses') }}
),

measures as (select * from {{ ref('stg_law__measures') }}),
other_acts as (select * from {{ ref('stg_law__acts') }}),
clauses as (select * from {{ ref('stg_law__measure_clauses') }}),
relations as (select * from {{ ref('stg_law__measure_relations') }}),
claims as (select * from {{ ref('stg_law__measure_states_claimed') }}),
types as (select * from {{ ref('stg_law__measure_types') }}),

acts as (
    select
        'measures' as table_name,
        measure_id as act_id,
        measure_type as act_type,
        announced_on,
        effective_from,
        effective_to,
        true as effective_to_is_inclusive,
    from measures
    union all
    select
        'law_acts' as table_name,
        act_id,
        act_type,
        announced_on,
        effective_from,
        effective_to,
        effective_to_is_inclusive,
    from other_acts
),

terms as (
    select
        table_name,
        {{ law_row_id('act_id') }} as row_id,
        'effective_to' as end_column,
        effective_to as term_end,
        effective_to_is_inclusive as is_inclusive,
        coalesce(effective_from, announced_on) as term_start,
    from acts
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
    union all by name
    select
        'measure_relations' as table_name,
        {{ law_row_id('relation_id') }} as row_id,
        'new_end' as end_column,
        new_end_on as term_end,
        new_end_is_inclusive as is_inclusive,
    from relations
),

-- An end is at fault where it surely lies before its start, whatever imprecise dates mean.
term_rules as (
    select
        table_name,
        row_id,
        unnest([
            { 'rule': 'end_before_start', 'column_name': end_column, 'value': term_end,
              'details': [term_start],
              'is_broken': {{ end_late('term_end', 'is_inclusive') }}
              <= {{ first_day('term_start') }} },
            { 'rule': 'end_without_flag', 'column_name': end_column || '_is_inclusive',
              'value': null, 'details': [term_end],
              'is_broken': term_end is not null and is_inclusive is null }
        ], recursive := true) as checked,
    from terms
),

end_bases as (
    select
        'measure_clauses' as table_name,
        {{ law_row_id('measure_id', 'clause_id') }} as row_id,
        'effective_to_basis' as column_name,
        effective_to_basis as value,
        'end_and_basis_apart' as rule,
        [] as details,
        (effective_to is null) <> (effective_to_basis is null) as is_broken,
    from clauses
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

act_rules as (
    select
        acts.table_name,
        {{ law_row_id('acts.act_id') }} as row_id,
        unnest([
            { 'rule': 'end_without_origin', 'column_name': 'effective_to',
              'value': acts.effective_to, 'details': [],
              'is_broken': acts.table_name = 'measures'
              and acts.effective_to is not null and ended_elsewhere.act_id is null },
            { 'rule': 'proposal_in_effect', 'column_name': 'effective_from',
              'value': acts.effective_from, 'details': [],
              'is_broken': types.standing = 'proposal' and acts.effective_from is not null }
        ], recursive := true) as checked,
    from acts
    left join types
        on acts.act_type = types.measure_type
    left join ended_elsewhere
        on acts.act_id = ended_elsewhere.act_id
),

clause_rules as (
    select
        table_name,
        row_id,
        unnest([
            { 'rule': 'never_announced', 'column_name': 'announced_on', 'value': announced_on,
              'details': [], 'is_broken': announced_on is null and effective_from is null },
            { 'rule': 'proposal_in_effect', 'column_name': 'effective_from',
              'value': own_effective_from, 'details': [],
              'is_broken': standing = 'proposal' and own_effective_from is not null },
            { 'rule': 'destination_beyond_measure', 'column_name': 'destination',
              'value': target_partner, 'details': [act_id, act_target_partner],
              'is_broken': {{ goes_beyond('target_partner', 'act_target_partner') }} }
        ], recursive := true) as checked,
    from stated_clauses
),

{{ law_faults(['term_rules', 'end_bases', 'act_rules', 'clause_rules']) }}
