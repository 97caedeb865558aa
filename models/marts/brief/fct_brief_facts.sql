with

measure_states as (
    select * from {{ ref('fct_measure_states') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

acts as (
    select * from {{ ref('dim_act') }}
),

measures as (
    select * from {{ ref('dim_measure') }}
),

licence_claims as (
    select * from {{ ref('fct_licence_claims') }}
),

flow_continuity as (
    select * from {{ ref('fct_flow_continuity') }}
),

scorecard as (
    select * from {{ ref('fct_commitment_scorecard') }}
),

duration_history as (
    select * from {{ ref('fct_licence_duration_history') }}
),

source_periods as (
    select * from {{ ref('int_brief__source_periods') }}
),

sources as (
    select * from {{ ref('meta_sources') }}
),

countries as (
    select * from {{ ref('dim_country') }}
),

named_acts as (
    select
        acts.act_id,
        acts.standing,
        acts.severity_weight,
        acts.issuing_authority,
        acts.confidence,
        acts.source_title,
        acts.source_url,
        acts.announced_on_text,
        case when acts.is_measure then acts.act_id end as measure_id,
        measures.materials,
        {{ number_as_published('acts.instrument_no') }} as number,
        {{ title_as_published('acts.title') }} as title,
        concat_ws(
            ' ',
            acts.jurisdiction,
            {{ number_as_published('acts.instrument_no') }}
        ) || ' (' || {{ title_as_published('acts.title') }} || ')' as label,
    from acts
    left join measures
        on acts.act_id = measures.measure_id
),

-- An act without a date of its own is known from its first clause on.
act_knowledge as (
    select
        act_id,
        min(known_from) as known_from,
        bool_and(is_known_on_assumed) as is_known_on_assumed,
    from clauses
    group by act_id
),

-- A date of effect that was only set later is not part of the news.
act_effects as (
    select
        clauses.act_id,
        min(clauses.effective_late) as effective_on,
    from clauses
    inner join act_knowledge
        on
            clauses.act_id = act_knowledge.act_id
            and clauses.known_from = act_knowledge.known_from
            and clauses.effective_known_from = act_knowledge.known_from
    group by clauses.act_id
),

new_acts as (
    select
        'new_act|' || named_acts.act_id as fact_id,
        'new_act' as line_kind,
        cast(null as integer) as days_before,
        case
            when named_acts.standing in ('report', 'proposal') then 'low'
            when named_acts.severity_weight >= 0.6 then 'high'
            else 'medium'
        end as severity,
        case named_acts.standing
            when 'report' then 'Reported, without an act: '
            when 'proposal' then named_acts.issuing_authority || ' proposes: '
            else named_acts.issuing_authority || ' publishes '
                || coalesce(named_acts.number || ': ', 'an act: ')
        end
        || named_acts.title
        || case
            when named_acts.standing = 'proposal' then '.'
            when act_effects.effective_on is null then '; no date of effect is known.'
            else '; takes effect from ' || act_effects.effective_on || '.'
        end as headline,
        named_acts.act_id as subject_id,
        named_acts.measure_id,
        cast(null as varchar) as clause_id,
        cast(null as varchar) as destination,
        cast(null as varchar) as user_type,
        cast(null as varchar) as product_code,
        cast(null as varchar) as partner_code,
        cast(null as varchar) as source_id,
        named_acts.materials as material,
        named_acts.source_url as evidence_url,
        named_acts.source_title as evidence_title,
        case
            when named_acts.standing = 'report' then 'reported_only'
            when length(named_acts.announced_on_text) < 10 then 'imprecise_date'
            when act_knowledge.is_known_on_assumed then 'presumed'
            else 'settled'
        end as certainty,
        case when named_acts.measure_id is null then 'law_acts' else 'measures' end as table_name,
        false as is_standing,
        coalesce(act_effects.effective_on, act_knowledge.known_from) as event_date,
        cast(null as date) as due_on,
        cast(null as date) as due_until,
        act_knowledge.known_from,
        cast(null as date) as known_to,
    from act_knowledge
    inner join named_acts
        on act_knowledge.act_id = named_acts.act_id
    left join act_effects
        on act_knowledge.act_id = act_effects.act_id
),

-- One state after another in one timeline, while both were the knowledge of the day.
transitions as (
    select
        later.measure_id,
        later.clause_id,
        later.destination,
        later.user_type,
        later.claim_group,
        earlier.state as state_before,
        later.state as state_after,
        earlier.act_id as act_before_id,
        later.act_id as act_after_id,
        earlier.act_source_url as url_before,
        earlier.act_source_title as title_before,
        later.act_source_url as url_after,
        later.act_source_title as title_after,
        case
            when earlier.is_disputed or later.is_disputed then 'disputed'
            when later.certainty = 'settled' then earlier.certainty
            else later.certainty
        end as certainty,
        earlier.state in ('suspended', 'suspended_before_effect', 'exempted')
        or (
            earlier.state = 'in_force'
            and later.state in ('expired', 'lapsed_presumed', 'unknown')
        ) as is_end_of_term,
        later.state in ('expired', 'lapsed_presumed', 'unknown') as is_lapse,
        later.valid_from as changes_on,
        earlier.valid_from as began_on,
        greatest(earlier.known_from, later.known_from) as known_from,
        least(earlier.known_to, later.known_to) as known_to,
    from measure_states as later
    inner join measure_states as earlier
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

worded as (
    select
        transitions.*,
        named_acts.label
        || case
            when transitions.claim_group <> 'base'
                then ', in the reading ' || transitions.claim_group
            else ''
        end as label,
        named_acts.standing,
        named_acts.severity_weight,
        named_acts.materials,
        {{ state_in_words('transitions.state_before', 'named_acts.standing') }} as words_before,
        {{ state_in_words('transitions.state_after', 'named_acts.standing') }} as words_after,
        concat_ws(
            '|',
            transitions.measure_id,
            transitions.claim_group,
            transitions.changes_on,
            transitions.state_before,
            transitions.state_after
        ) as change_id,
    from transitions
    inner join named_acts
        on transitions.measure_id = named_acts.act_id
),

changes as (
    select
        case when is_end_of_term and is_lapse then 'expiry|0|' else 'state_change|' end
        || change_id as fact_id,
        case when is_end_of_term and is_lapse then 'expiry' else 'state_change' end as line_kind,
        case when is_end_of_term and is_lapse then 0 end as days_before,
        case
            when state_after in ('in_force', 'lapsed_presumed') and standing <> 'relief'
                then 'high'
            when is_end_of_term and is_lapse then 'high'
            when state_after in ('suspended', 'suspended_before_effect', 'exempted') then 'medium'
            else 'low'
        end as severity,
        label || ': ' || words_after || ' from ' || changes_on || ', before that '
        || words_before || '.' as headline,
        change_id as subject_id,
        measure_id,
        clause_id,
        destination,
        user_type,
        materials as material,
        url_after as evidence_url,
        title_after as evidence_title,
        certainty,
        changes_on as event_date,
        changes_on as due_on,
        cast(null as date) as due_until,
        known_from,
        known_to,
    from worded
),

-- A line at each threshold that lies within the term; of two that are past the nearer one.
warnings as (
    select
        'expiry|' || thresholds.days_before || '|' || worded.change_id as fact_id,
        'expiry' as line_kind,
        thresholds.days_before,
        case thresholds.days_before when 7 then 'high' when 30 then 'medium' else 'low' end
            as severity,
        worded.label || ': ' || worded.words_before || ' until ' || worded.changes_on
        || ', then ' || worded.words_after || '.' as headline,
        worded.change_id as subject_id,
        worded.measure_id,
        worded.clause_id,
        worded.destination,
        worded.user_type,
        worded.materials as material,
        worded.url_before as evidence_url,
        worded.title_before as evidence_title,
        worded.certainty,
        worded.changes_on as event_date,
        greatest(worded.changes_on - thresholds.days_before, worded.began_on) as due_on,
        worded.changes_on - thresholds.next_days_before as due_until,
        worded.known_from,
        worded.known_to,
    from worded
    -- Days before the end of a temporary rule on which a line says so, and the next one.
    cross join (values (90, 30), (30, 7), (7, 0)) as thresholds (days_before, next_days_before)
    where
        worded.is_end_of_term
        and worded.began_on < worded.changes_on - thresholds.next_days_before
),

of_measures as (
    select * from changes
    union all
    select * from warnings
),

-- Figures of one statement that are not about applications make one line.
claim_lines as (
    select
        case
            when is_about_applications then claim_id
            else min(claim_id) over (
                partition by is_about_applications, body, claim_date, source_url
            )
        end as line_id,
        *,
    from licence_claims
),

claims as (
    select
        'claim|' || line_id as fact_id,
        case when bool_or(is_about_applications) then 'medium' else 'low' end as severity,
        any_value(body) || ' ('
        || min(claim_date) || ', ' || arg_min(population, claim_id) || '): '
        || case
            when bool_or(share_of_decided is not null and denominator is not null)
                then concat(
                    any_value(numerator), ' of ', any_value(denominator), ' approved, ',
                    coalesce(any_value(applications_pending) || ' pending, ', ''),
                    any_value(applications_rejected), ' rejected: ',
                    round(100 * any_value(share_of_filed), 1), ' % of filed, ',
                    round(100 * any_value(share_of_decided), 1), ' % of decided, between ',
                    round(100 * any_value(share_low), 1), ' % and ',
                    round(100 * any_value(share_high), 1), ' % in the end.'
                )
            when bool_or(is_about_applications and stated_value is null)
                then concat_ws(
                    ', ',
                    any_value(applications_filed) || ' filed',
                    any_value(applications_approved) || ' approved'
                    || coalesce(' of ' || any_value(denominator), ''),
                    any_value(applications_pending) || ' pending',
                    any_value(applications_rejected) || ' rejected'
                ) || '.'
            when max(stated_unit) = 'flag' and count(*) = 1 then any_value(indicators) || '.'
            else concat_ws(
                ' ',
                arg_min(indicators, claim_id) || ':',
                regexp_replace(cast(arg_min(stated_value, claim_id) as varchar), '\.0$', ''),
                nullif(regexp_replace(arg_min(stated_unit, claim_id), '^count ?', ''), '')
            )
            || case count(*)
                when 1 then '.'
                when 2 then '; and one more figure.'
                else '; and ' || (count(*) - 1) || ' more figures.'
            end
        end as headline,
        line_id as subject_id,
        max(material) as material,
        min(source_url) as evidence_url,
        min(source_title) as evidence_title,
        case when length(min(claim_date)) = 10 then 'as_stated' else 'imprecise_date' end
            as certainty,
        max(claim_date_latest) as known_from,
    from claim_lines
    group by line_id
),

-- The latest period that was known, until a later one came.
latest_periods as (
    select
        *,
        min(knowable_from) over (
            partition by source_id, jurisdiction
            order by period_end
            rows between 1 following and unbounded following
        ) as later_known_from,
    from source_periods
    where knowable_from is not null
),

-- A month that is missing although a later one has come.
holes as (
    select
        source_id,
        period,
        due_on,
        knowable_from,
        min(knowable_from) over (
            partition by source_id
            order by period_end
            rows between 1 following and unbounded following
        ) as later_known_from,
    from source_periods
    where is_monthly
),

stale_periods as (
    select
        case
            when jurisdiction is null then 'stale_source|' || source_id
            else 'stale_law|' || jurisdiction
        end || '|after ' || period as fact_id,
        source_id,
        jurisdiction,
        case
            when jurisdiction is null
                then
                    ': nothing newer than ' || period || '; a newer period was due by '
                    || (stale_on - 1) || '. What is missing is not zero.'
            else
                ': sources were read up to ' || period || '; they were to be read again by '
                || (stale_on - 1) || '. A later act may be missing.'
        end as headline,
        stale_on as due_on,
        knowable_from as known_from,
        later_known_from as known_to,
    from latest_periods
    where later_known_from is null or knowable_from < later_known_from
    union all
    select
        'stale_source|' || source_id || '|' || period as fact_id,
        source_id,
        cast(null as varchar) as jurisdiction,
        ': ' || period || ' is missing although a later month has come. It is not zero.'
            as headline,
        due_on,
        greatest(due_on, later_known_from) as known_from,
        knowable_from as known_to,
    from holes
    where
        later_known_from is not null
        and (knowable_from is null or greatest(due_on, later_known_from) < knowable_from)
),

of_sources as (
    select
        stale_periods.*,
        -- Titles tell the span of the bundled copy, which a replay cannot know.
        case
            when stale_periods.source_id = 'licence_applications'
                then 'Own register of licence applications'
            when stale_periods.jurisdiction is not null
                then 'Law, ' || coalesce(
                    countries.country_name, stale_periods.jurisdiction
                )
            else sources.producer || ', ' || stale_periods.source_id
        end || stale_periods.headline as sentence,
        case
            when stale_periods.jurisdiction is not null then 'docs/sources/law.md'
            else coalesce(sources.url, 'docs/using/licences.md')
        end as url,
        case when sources.url is null then 'Your licence applications' else sources.title end
            as title,
        sources.table_name,
        -- The sample does not age: what is stale of this source is your own.
        case when stale_periods.source_id = 'licence_applications' then 'own' end as data_origin,
    from stale_periods
    inner join sources
        on stale_periods.source_id = sources.table_name
    left join countries
        on stale_periods.jurisdiction = countries.country_iso2
),

-- A month of one flow is one fact, and the total of its partners no other one: it is held against
-- the act announced last before it. A month that did not come has the reading `missing` and is no
-- surprise.
surprises as (
    select
        flow_continuity.*,
        case when flow_continuity.flow = 'import' then ' from ' else ' to ' end as toward,
        concat_ws(
            '|',
            flow_continuity.source_id,
            flow_continuity.reporter_code,
            flow_continuity.flow,
            flow_continuity.partner_code,
            flow_continuity.nomenclature,
            flow_continuity.product_code
        ) as flow_id,
        case when flow_continuity.reading = 'above' then 'above' else 'below' end as direction,
        {{ last_day_of('flow_continuity.period') }} as period_end,
        -- A delivery that came late was not known on the usual day.
        greatest(flow_continuity.known_from, source_periods.knowable_from) as learned_on,
    from flow_continuity
    inner join act_knowledge
        on flow_continuity.measure_id = act_knowledge.act_id
    left join source_periods
        on
            flow_continuity.source_id = source_periods.source_id
            and flow_continuity.period = source_periods.period
    where
        flow_continuity.reading <> 'missing'
        and not flow_continuity.is_total
        and act_knowledge.known_from
        <= greatest(flow_continuity.known_from, source_periods.knowable_from)
    qualify
        row_number() over (
            partition by
                flow_continuity.source_id,
                flow_continuity.reporter_code,
                flow_continuity.flow,
                flow_continuity.partner_code,
                flow_continuity.nomenclature,
                flow_continuity.product_code,
                flow_continuity.period
            order by flow_continuity.announced_on desc, flow_continuity.measure_id
        ) = 1
        and flow_continuity.reading in ('stopped', 'below', 'above')
),

flow_lines as (
    select
        'flow_surprise|' || surprises.flow_id || '|' || surprises.period as fact_id,
        case
            when surprises.is_short_baseline or surprises.direction = 'above' then 'low'
            when surprises.reading = 'stopped' then 'high'
            when surprises.deviation <= -0.5 then 'medium'
            else 'low'
        end as severity,
        case when surprises.data_origin = 'synthetic' then 'Synthetic sample: ' else '' end
        || surprises.reporter_code || ' ' || surprises.flow || 's of '
        || surprises.product_code || surprises.toward || surprises.partner_code
        || ' in ' || surprises.period || ': '
        || case
            when surprises.reading = 'stopped' then 'none, after six months or more with trade'
            else
                cast(round(abs(100 * surprises.deviation)) as bigint)
                || ' % ' || surprises.direction || ' what the months before let expect'
        end
        || '; ' || named_acts.label || ' was announced on ' || surprises.announced_on || '.'
            as headline,
        surprises.flow_id || '|' || surprises.direction as subject_id,
        surprises.measure_id,
        surprises.product_code,
        surprises.partner_code,
        surprises.source_id,
        named_acts.materials as material,
        sources.url as evidence_url,
        sources.title as evidence_title,
        case when surprises.is_short_baseline then 'presumed' else 'settled' end as certainty,
        surprises.data_origin,
        surprises.period_end as event_date,
        surprises.learned_on as known_from,
    from surprises
    inner join named_acts
        on surprises.measure_id = named_acts.act_id
    left join sources
        on surprises.source_id = sources.table_name
),

-- A verdict is told when it changes, until the next one; that it is too early is no news.
verdicts as (
    select
        *,
        coalesce(lag(verdict) over commitment_order, '') <> verdict as is_changed,
    from scorecard
    window commitment_order as (partition by commitment_id order by period)
),

verdict_lines as (
    select
        'commitment_verdict|' || commitment_id || '|' || period as fact_id,
        case verdict
            when 'not_kept' then 'high'
            when 'partly' then 'medium'
            else 'low'
        end as severity,
        case when data_origin = 'synthetic' then 'Synthetic sample: ' else '' end
        || promised_by || ' to ' || promised_to || ', ' || made_on || ': ' || summary
        || ' Verdict: ' || replace(verdict, '_', ' ') || '. ' || verdict_reason as headline,
        commitment_id || '|' || verdict as subject_id,
        product_code,
        partner_code,
        source_id,
        source_url as evidence_url,
        source_title as evidence_title,
        'settled' as certainty,
        data_origin,
        known_from as event_date,
        known_from,
        lead(known_from) over (partition by commitment_id order by period) as known_to,
        verdict,
    from verdicts
    where is_changed
),

-- A shift is news in the month in which it begins, not in each that still shows it.
shifts as (
    select
        *,
        coalesce(lag(is_shift) over history_order, false)
        and coalesce(lag(sign(shift_days)) over history_order, 0) = coalesce(sign(shift_days), 0)
            as has_been_told,
    from duration_history
    window history_order as (
        partition by data_origin, stratum_kind, stratum order by as_of_date
    )
),

shift_lines as (
    select
        concat_ws(
            '|', 'licence_time_shift', data_origin, stratum_kind, stratum, as_of_date
        ) as fact_id,
        case
            when data_origin = 'synthetic' or shift_days < 0 then 'low'
            else 'medium'
        end as severity,
        case
            when data_origin = 'synthetic' then 'Synthetic sample: licences'
            else 'Licences'
        end
        || case stratum_kind when 'all' then '' else ' for ' || stratum end
        || ', by ' || as_of_date || ': median time to decision '
        || coalesce(median_days || ' days', 'not reached')
        || coalesce(' (' || median_low || ' to ' || coalesce(median_high || '', 'open') || ')', '')
        || ', ' || coalesce(previous_median_days || ' days', 'not reached')
        || ' three months before; ' || n_censored || ' of ' || n || ' still pending.' as headline,
        concat_ws('|', data_origin, stratum_kind, stratum) as subject_id,
        case stratum_kind when 'material' then stratum end as material,
        'docs/methodology/licence_durations.md' as evidence_url,
        'Applications as landed, see the method' as evidence_title,
        'settled' as certainty,
        data_origin,
        as_of_date as event_date,
        as_of_date as known_from,
    from shifts
    where is_shift and not has_been_told
),

unioned as (
    select * from new_acts
    union all by name
    select
        *,
        'measures' as table_name,
        false as is_standing,
    from of_measures
    union all by name
    select
        *,
        'claim' as line_kind,
        'licensing_stats' as table_name,
        false as is_standing,
        known_from as event_date,
    from claims
    union all by name
    select
        fact_id,
        case when jurisdiction is null then 'stale_source' else 'stale_law' end as line_kind,
        'medium' as severity,
        sentence as headline,
        coalesce(jurisdiction, source_id) as subject_id,
        source_id,
        url as evidence_url,
        title as evidence_title,
        'settled' as certainty,
        table_name,
        data_origin,
        true as is_standing,
        due_on as event_date,
        due_on,
        known_from,
        known_to,
    from of_sources
    union all by name
    select
        *,
        'flow_surprise' as line_kind,
        false as is_standing,
    from flow_lines
    union all by name
    select
        * exclude (verdict),
        'commitment_verdict' as line_kind,
        false as is_standing,
    from verdict_lines
    where verdict <> 'too_early'
    union all by name
    select
        *,
        'licence_time_shift' as line_kind,
        false as is_standing,
    from shift_lines
),

-- A fact whose wording changed is known from the first day of the unbroken stretch.
stretched as (
    select
        *,
        sum(is_first) over (partition by fact_id order by known_from, clause_id) as stretch,
    from (
        select
            *,
            case
                when known_from <= max(coalesce(known_to, date '9999-12-31')) over (
                    partition by fact_id
                    order by known_from, clause_id
                    rows between unbounded preceding and 1 preceding
                ) then 0
                else 1
            end as is_first,
        from unioned
    ) as marked
),

final as (
    select
        stretched.fact_id,
        stretched.line_kind,
        stretched.severity,
        stretched.headline,
        stretched.subject_id,
        stretched.measure_id,
        stretched.clause_id,
        stretched.destination,
        stretched.user_type,
        stretched.product_code,
        stretched.partner_code,
        stretched.source_id,
        stretched.material,
        stretched.evidence_url,
        stretched.evidence_title,
        stretched.certainty,
        coalesce(stretched.data_origin, sources.data_origin) as data_origin,
        cast(stretched.days_before as integer) as days_before,
        stretched.is_standing,
        stretched.event_date,
        stretched.due_on,
        stretched.due_until,
        min(stretched.known_from) over (
            partition by stretched.fact_id, stretched.stretch
        ) as first_known_from,
        stretched.known_from,
        stretched.known_to,
    from stretched
    left join sources
        on stretched.table_name = sources.table_name
)

select * from final
order by fact_id, clause_id, destination, user_type, known_from
