{#
    Whether the good of each question is covered: the mechanism of reports.is_covered and
    reports.are_parts_covered.

    `asked` names a relation with one row per question: question_id, asked_code, asked_place,
    asked_use, asked_contains, asked_without (text as given), asked_on, asked_known (days),
    asked_scenario. DuckDB 1.4 reads the published macros too.
    Writes common table expressions, the last of them `coverage_answers`: question_id and the
    columns of reports.is_covered, one row per clause, or one that says why there is none.
#}
{% macro coverage_answers(asked) %}
{{ questions_asked(asked) }}

{{ listed_clauses('questions') }}

{{ items_in_question() }}

situated as (
    select
        considered.* exclude (listed_codes),
        case
            when considered.coverage not in ('partial', 'named', 'other_code')
                then considered.coverage
            when ruled.words_met is not null then 'met'
            when ruled.is_ruled_out then 'ruled_out'
            else coalesce(item_questions.situation, 'no_rule')
        end as situation,
        item_questions.question,
        item_questions.is_decisive,
        item_questions.is_only,
        case
            when ruled.words_met is not null then ruled.words_met
            when ruled.is_ruled_out then ruled.ruled_out_by
            else item_questions.words
        end as words,
    from considered
    left join ruled
        using (question_id, measure_id, clause_id)
    left join item_questions
        using (question_id, measure_id, clause_id)
    where considered.coverage <> 'other_code' or item_questions.question_id is not null
),

situations (situation, in_scope, asks_for, reason, question, answer_if_yes, answer_if_no) as (
    values
    ('whole', 'yes', null, 'the whole code is listed', null, null, null),
    (
        'reference_only', 'cannot tell', 'maker',
        'the clause is addressed to one firm; the code is its product family only',
        'is it a good of the firm that the clause is addressed to?', 'cannot tell', 'no'
    ),
    (
        'may_overlap', 'cannot tell', 'code',
        'the clause lists a code of another edition, which may hold goods of this one',
        'is it among the goods that the clause lists?', 'cannot tell', 'no'
    ),
    ('met', 'yes', null, 'by composition: ', null, null, null),
    ('ruled_out', 'no', null, 'by composition: ', null, null, null),
    (
        'missing', 'cannot tell', 'contains', 'the composition does not state all that decides',
        null, 'yes', 'no'
    ),
    (
        'trace', 'cannot tell', 'contains', 'it holds little of what the item names', null,
        'cannot tell', 'cannot tell'
    ),
    (
        'purity', 'cannot tell', 'contains', 'holds what the item names; its purity decides',
        null, 'yes', 'no'
    ),
    (
        'elemental', 'cannot tell', 'contains',
        'the item is the element itself; more is stated, or less of it', null, 'yes', 'no'
    ),
    (
        'family', 'cannot tell', 'contains',
        'several families are stated, and not in which the element is', null, 'yes', 'no'
    ),
    (
        'form', 'cannot tell', 'data sheet', 'holds what the item names; its form decides',
        null, 'yes', 'no'
    ),
    (
        'excluded', 'cannot tell', 'data sheet',
        'holds what the item names, and the item leaves some of it out', null, 'yes', 'cannot tell'
    ),
    (
        'unread', 'cannot tell', 'data sheet',
        'holds what the item names; the text of the item was not read',
        null, 'cannot tell', 'cannot tell'
    ),
    (
        'code', 'cannot tell', 'code', 'the item leaves goods of another code of 2022 out',
        null, 'cannot tell', 'cannot tell'
    ),
    (
        'other_code', 'cannot tell', 'code',
        'code and composition may disagree: the clause lists what it holds under another code',
        null, 'cannot tell', 'cannot tell'
    ),
    (
        'no_rule', 'cannot tell', 'data sheet',
        'the code holds other goods too; the technical parameters of the item decide',
        'does it meet the technical parameters of an item that the clause lists in this code?',
        'yes', 'no'
    ),
    (
        'dual_use', 'yes', null,
        'all dual-use items for these users; another clause of the issuer lists this',
        null, null, null
    ),
    (
        'perhaps_dual_use', 'cannot tell', 'data sheet',
        'all dual-use items for these users; no clause held here says whether this is one',
        'is it a dual-use item by the law of the issuer?', 'yes', 'no'
    ),
    (
        'dual_use_of_any_user', 'cannot tell', 'end use',
        'all dual-use items for military users, and another clause of the issuer lists this; '
        || 'the end use is not stated',
        'is its user or its end use military?', 'yes', 'no'
    ),
    (
        'perhaps_dual_use_of_any_user', 'cannot tell', 'end use',
        'all dual-use items for military users; the end use is not stated, and no clause held here '
        || 'says whether this is a dual-use item',
        'is it a dual-use item by the law of the issuer, for a military user or end use?',
        'yes', 'no'
    )
),

-- Bans on all dual-use items for military users name no codes: what another clause of the issuer,
-- in force, lists is such an item; of other goods, and of users not stated, this cannot be told.
controlled as (
    select distinct
        situated.question_id,
        acts.jurisdiction,
    from situated
    inner join situations
        on situated.situation = situations.situation and situations.in_scope = 'yes'
    inner join questions
        on situated.question_id = questions.question_id
    inner join {{ ref('fct_scenario_measure_states') }} as listing_states
        on
            situated.measure_id = listing_states.measure_id
            and situated.clause_id = listing_states.clause_id
            and questions.asked_scenario = listing_states.scenario_id
            and listing_states.state = 'in_force'
            and {{ stands_when_asked('listing_states') }}
    inner join {{ ref('dim_act') }} as acts
        on situated.measure_id = acts.act_id
),

without_code as (
    select distinct
        questions.question_id,
        clause_states.measure_id,
        clause_states.clause_id,
        case when controlled.jurisdiction is null then 'perhaps_dual_use' else 'dual_use' end
        || case when questions.asked_use is null then '_of_any_user' else '' end as situation,
    from {{ ref('fct_scenario_measure_states') }} as clause_states
    inner join questions
        on
            clause_states.scenario_id = questions.asked_scenario
            and clause_states.user_type = coalesce(questions.asked_use, 'military')
    inner join {{ ref('dim_act') }} as acts
        on clause_states.measure_id = acts.act_id
    left join controlled
        on
            questions.question_id = controlled.question_id
            and acts.jurisdiction = controlled.jurisdiction
    where
        clause_states.user_type = 'military'
        and questions.refused is null
        and acts.severity_weight is not null
        and exists (
            select 1 from known_codes where known_codes.question_id = questions.question_id
        )
        and not exists (
            select 1
            from {{ ref('bridge_measure_products') }} as coded
            where clause_states.measure_id = coded.measure_id
        )
),

in_question as (
    select
        question_id,
        measure_id,
        clause_id,
        situation,
        coverage,
        nomenclature,
        product_code,
        question,
        coalesce(is_decisive, true) as is_decisive,
        coalesce(is_only, true) as is_only,
        words,
    from situated
    union all by name
    select
        without_code.*,
        'none_listed' as coverage,
        true as is_decisive,
        true as is_only,
    from without_code
),

standing as (
    select
        in_question.question_id,
        in_question.coverage,
        in_question.nomenclature as matched_nomenclature,
        in_question.product_code as matched_code,
        questions.present,
        questions.read_as,
        situations.in_scope,
        situations.asks_for,
        concat_ws(
            '; ',
            case
                when in_question.situation = 'missing' and not in_question.is_decisive
                    then 'it may be the item: ' || in_question.words
                when in_question.situation = 'missing' and not questions.is_given
                    then 'the code holds other goods too; state the composition'
                when in_question.situation = 'other_code'
                    then
                        situations.reason || coalesce(' (' || in_question.words || ')', '')
                when in_question.situation in ('met', 'ruled_out')
                    then situations.reason || in_question.words
                else situations.reason
            end,
            case
                when situations.in_scope = 'cannot tell'
                    then 'not known: ' || questions.unknown_terms
            end,
            case
                when situations.in_scope = 'cannot tell' and questions.has_trace
                    then
                        'a share below 0.1 % neither meets nor misses an item without a threshold '
                        || '(our caution, not law)'
            end
        ) as scope_reason,
        coalesce(situations.question, in_question.question) as question,
        case when in_question.is_decisive then situations.answer_if_yes else 'cannot tell' end
            as scope_if_yes,
        -- A "no" settles nothing where another item of the code may still be meant.
        case when in_question.is_only then situations.answer_if_no else 'cannot tell' end
            as scope_if_no,
        measure_states.*,
        measure_states.is_disputed or measure_states.state in ('lapsed_presumed', 'unknown')
            as is_doubtful,
        -- In force for one kind of user only, and the use is not stated.
        questions.asked_use is null
        and measure_states.user_type in ('civil', 'military')
        and count(*) filter (where measure_states.state = 'in_force') over (
            partition by
                in_question.question_id, in_question.measure_id, in_question.clause_id,
                measure_states.claim_group
        ) < 2 as is_of_one_use,
        acts.instrument,
    from in_question
    inner join situations
        on in_question.situation = situations.situation
    inner join questions
        on in_question.question_id = questions.question_id and questions.refused is null
    inner join {{ ref('bridge_measure_destinations') }} as importers
        on
            in_question.measure_id = importers.measure_id
            and in_question.clause_id = importers.clause_id
            and questions.country_code = importers.country_code
            and questions.asked_known >= importers.known_from
            and (importers.known_to is null or questions.asked_known < importers.known_to)
    inner join {{ ref('fct_scenario_measure_states') }} as measure_states
        on
            in_question.measure_id = measure_states.measure_id
            and in_question.clause_id = measure_states.clause_id
            and importers.destination = measure_states.destination
            and questions.asked_scenario = measure_states.scenario_id
            and {{ stands_when_asked('measure_states') }}
            and (
                questions.asked_use is null
                or measure_states.user_type not in ('civil', 'military')
                or questions.asked_use = measure_states.user_type
            )
    inner join {{ ref('dim_act') }} as acts
        on in_question.measure_id = acts.act_id
),

answered as (
    select
        standing.*,
        standing.in_scope = 'yes' and standing.is_of_one_use as is_use_asked,
        case
            when standing.in_scope = 'no' then 'no'
            when standing.is_doubtful then 'cannot tell'
            when standing.state <> 'in_force' then 'no'
            when standing.in_scope = 'yes' and standing.is_of_one_use then 'cannot tell'
            else standing.in_scope
        end as answer,
    from standing
),

coverage_answers as (
    select
        answered.question_id,
        answered.answer,
        case
            when answered.answer <> 'no' and answered.is_disputed then 'disputed'
            when answered.answer <> 'no' and answered.is_doubtful then 'presumed'
            when answered.answer = 'cannot tell' then 'bounds_only'
            when
                answered.in_scope <> 'no' and answered.certainty in ('reported_only', 'as_cited')
                then answered.certainty
            when
                answered.coverage in ('partial', 'named') and answered.in_scope <> 'cannot tell'
                then 'by_composition'
            else 'settled'
        end as certainty,
        answered.measure_id,
        answered.clause_id,
        answered.instrument_no,
        answered.title,
        answered.source_url,
        answered.in_scope,
        answered.state,
        answered.valid_to as state_until,
        answered.user_type,
        answered.claim_group,
        answered.is_disputed,
        answered.instrument as licence_type,
        case
            when answered.state in ('exempted', 'suspended', 'suspended_before_effect')
                then answered.act_title
        end as exemption,
        case
            when answered.in_scope <> 'no' and answered.state <> 'in_force'
                then
                    answered.scope_reason || '; the clause is ' || replace(answered.state, '_', ' ')
            else answered.scope_reason
        end as reason,
        array_to_string(list_sort(answered.present), ' ') as elements_read,
        answered.read_as,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.is_doubtful and answered.in_scope = 'yes'
                then 'is the clause in force on this day?'
            when answered.is_use_asked then 'is its end use ' || answered.user_type || '?'
            else answered.question
        end as deciding_question,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.in_scope = 'yes' then 'yes'
            when answered.is_doubtful then 'cannot tell'
            else answered.scope_if_yes
        end as answer_if_yes,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.in_scope = 'yes' then 'no'
            else answered.scope_if_no
        end as answer_if_no,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.is_doubtful and answered.in_scope = 'yes' then null
            when answered.is_use_asked then 'end use'
            else answered.asks_for
        end as asks_for,
        answered.coverage,
        answered.matched_nomenclature,
        answered.matched_code,
        answered.confidence,
        answered.act_id,
        answered.act_instrument_no,
        answered.act_title,
        answered.act_source_url,
    from answered
    union all by name
    select
        questions.question_id,
        case
            when questions.refused is null and known_codes.question_id is not null then 'no'
            else 'cannot tell'
        end as answer,
        case
            when questions.refused is not null then 'not_understood'
            when known_codes.question_id is null then 'unknown_code'
            else 'not_listed'
        end as certainty,
        case questions.refused
            when 'code' then 'the code is not one of six, eight or ten digits; give one code'
            when 'destination'
                then
                    'the destination' || coalesce(' ' || questions.place_text, '')
                    || ' is no country known here, nor EU27'
                    || coalesce('; the nearest are ' || nearest.names, '')
            when 'end use'
                then
                    'the end use ' || questions.use_text
                    || ' is not known here; the nearest are ' || nearest.names
            when 'composition'
                then
                    coalesce(
                        questions.wrong_shares
                        || ': a share is above 0 and at most 100 %; of what it does not hold, put it '
                        || 'under without',
                        'both contained and denied: ' || array_to_string(
                            list_sort(list_intersect(questions.stated, questions.denied)), ', '
                        )
                    )
            else
                case
                    when known_codes.question_id is null
                        then
                            'no edition of the nomenclatures bundled here knows the code '
                            || questions.asked_code
                            || ': whether a clause lists its goods cannot be looked up'
                    else
                        'no recorded clause lists this code for this destination on this day; '
                        || 'items without a code are not looked up'
                end
        end as reason,
        array_to_string(list_sort(questions.present), ' ') as elements_read,
        questions.read_as,
        case questions.refused
            when 'code' then 'which code of six, eight or ten digits does it have?'
            when 'destination' then 'to which country, or to EU27, does it go?'
            when 'end use' then 'is its end use civil or military?'
            when 'composition' then 'what does it contain, and what not?'
            else
                case
                    when known_codes.question_id is null
                        then 'under which code of HS 2022 or CN 2025 is it declared?'
                end
        end as deciding_question,
        case
            when questions.refused = 'composition' then 'contains'
            when questions.refused is not null then questions.refused
            when known_codes.question_id is null then 'code'
        end as asks_for,
    from questions
    left join nearest
        on
            questions.refused = nearest.kind
            and nearest.word = case questions.refused
                when 'end use' then questions.use_text
                else questions.place_text
            end
    left join known_codes
        on questions.question_id = known_codes.question_id
    where not exists (select 1 from answered where answered.question_id = questions.question_id)
),
{% endmacro %}


{# Whether a row of states holds on the day and with the knowledge that `questions` ask for. #}
{% macro stands_when_asked(states) -%}
    questions.asked_on >= {{ states }}.valid_from
    and ({{ states }}.valid_to is null or questions.asked_on < {{ states }}.valid_to)
    and questions.asked_known >= {{ states }}.known_from
    and ({{ states }}.known_to is null or questions.asked_known < {{ states }}.known_to)
{%- endmacro %}
