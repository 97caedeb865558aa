with

states as (select * from {{ ref('int_law__measure_states') }}),
acts as (select * from {{ ref('int_brief__acts') }}),
rules as (select * from {{ ref('brief_rules') }}),

-- Days before the end of a temporary rule on which a line says so, and the next one.
thresholds as (
    select
        days_before,
        severity,
        lead(days_before) over (order by days_before desc) as next_days_before,
    from rules
    where line_kind = 'expiry' and days_before is not null
),

-- A state in words that do not claim more than it does.
worded as (
    select
        states.*,
        setting_acts.source_url,
        setting_acts.source_title,
        acts.standing,
        acts.materials,
        acts.label
        || if(states.claim_group = 'base', '', ', in a rival account') as label,
        case
            when states.state = 'lapsed_presumed' and acts.standing = 'relief'
                then 'lapsed with no later act'
            when states.state = 'lapsed_presumed'
                then 'presumed back in force, unconfirmed'
            when states.state = 'suspended_before_effect'
                then 'suspended before it took effect'
            when states.state = 'unknown' then 'not known from the sources'
            else replace(states.state, '_', ' ')
        end as words,
    from states
    inner join acts
        on states.measure_id = acts.act_id
    inner join acts as setting_acts
        on states.act_id = setting_acts.act_id
),

-- One state after another in one timeline, while both were the knowledge of the day.
changes as (
    select
        later.*,
        earlier.state as state_before,
        earlier.words as words_before,
        earlier.source_url as url_before,
        earlier.source_title as title_before,
        earlier.valid_from as began_on,
        -- What ends; what follows may differ.
        concat_ws('|', later.measure_id, later.claim_group, later.valid_from, earlier.state)
            as end_id,
        case
            when earlier.is_disputed or later.is_disputed then 'disputed'
            when later.certainty = 'settled' then earlier.certainty
            else later.certainty
        end as certainty_of_both,
        earlier.state in ('suspended', 'suspended_before_effect', 'exempted')
        or (
            earlier.state = 'in_force'
            and later.state in ('expired', 'lapsed_presumed', 'unknown')
        ) as is_end_of_term,
        later.state in ('expired', 'lapsed_presumed', 'unknown') as is_lapse,
        greatest(earlier.known_from, later.known_from) as both_known_from,
        least(earlier.known_to, later.known_to) as both_known_to,
    from worded as later
    inner join worded as earlier
        on
            later.measure_id = earlier.measure_id
            and later.clause_id = earlier.clause_id
            and later.destination = earlier.destination
            and later.user_type = earlier.user_type
            and later.claim_group = earlier.claim_group
            and later.valid_from = earlier.valid_to
            and later.known_from < coalesce(earlier.known_to, date '9999-12-31')
            and coalesce(later.known_to, date '9999-12-31') > earlier.known_from
    where later.state <> earlier.state
),

-- A line for the change itself, and before an end of term one at each threshold that lies within
-- the term; of two that are past the nearer one.
lines as (
    select
        changes.*,
        changes.end_id || '|' || changes.state as change_id,
        thresholds.days_before,
        thresholds.severity,
        thresholds.days_before > 0 as is_warning,
        changes.is_end_of_term and (thresholds.days_before > 0 or changes.is_lapse) as is_expiry,
        greatest(changes.valid_from - thresholds.days_before, changes.began_on) as due_on,
        changes.valid_from - thresholds.next_days_before as due_until,
    from changes
    cross join thresholds
    where
        thresholds.days_before = 0
        or (
            changes.is_end_of_term
            and changes.began_on < changes.valid_from - thresholds.next_days_before
        )
),

final as (
    select
        if(is_expiry, 'expiry|' || days_before || '|', 'state_change|') || change_id as fact_id,
        if(is_expiry, 'expiry', 'state_change') as line_kind,
        case
            when is_expiry then severity
            when state in ('in_force', 'lapsed_presumed') and standing <> 'relief' then 'high'
            when state in ('suspended', 'suspended_before_effect', 'exempted') then 'medium'
            else 'low'
        end as severity,
        label || ': '
        || case
            when is_warning then words_before || ' until ' || valid_from || ', then ' || words
            else words || ' from ' || valid_from || ', before that ' || words_before
        end
        || '.' as headline,
        change_id as subject_id,
        measure_id,
        clause_id,
        destination,
        user_type,
        materials as material,
        case when is_warning then url_before else source_url end as evidence_url,
        case when is_warning then title_before else source_title end as evidence_title,
        certainty_of_both as certainty,
        'measures' as table_name,
        case when is_expiry then days_before end as days_before,
        valid_from as event_date,
        due_on,
        due_until,
        both_known_from as known_from,
        both_known_to as known_to,
    from lines
)

select * from final
