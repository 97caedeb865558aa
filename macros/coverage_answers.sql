{#
    Whether the good of each question is covered: the mechanism of reports.is_covered.

    `asked` names a relation with one row per question: question_id, asked_code, asked_place,
    asked_use, asked_composition (text as given), asked_on, asked_known (days), asked_scenario.
    DuckDB 1.4 reads the published macro too: it knows no function if().
    Writes common table expressions, the last of them `coverage_answers`: question_id and the
    columns of reports.is_covered, one row per clause, or one that says why there is none.
#}
{% macro coverage_answers(asked) %}
understood as (
    select
        asked.question_id,
        asked.asked_on,
        asked.asked_known,
        asked.asked_scenario,
        regexp_replace(asked.asked_code, '[^0-9]', '', 'g') as asked_code,
        {{ place_code('asked.asked_place') }} as country_code,
        nullif(trim(left(asked.asked_place, 60)), '') as place_text,
        nullif(trim(left(asked.asked_use, 60)), '') as use_text,
        end_uses.user_type as asked_use,
    from {{ asked }} as asked
    left join {{ ref('dim_end_use') }} as end_uses
        on regexp_replace(lower(trim(asked.asked_use)), '[ -]+', ' ', 'g') = end_uses.end_use
),

questions as (
    select
        understood.*,
        case
            when coalesce(length(understood.asked_code) not in (6, 8, 10), true) then 'code'
            when understood.country_code is null then 'destination'
            when understood.use_text is not null and understood.asked_use is null then 'end use'
        end as refused,
    from understood
),

{{ composition_readings(asked, ref('dim_element'), ref('dim_composition_name')) }}

{{ listed_clauses('questions') }}

-- Each rule of a listed code is an alternative: an item that the good may be.
alternatives as (
    select
        listed_clauses.question_id,
        listed_clauses.measure_id,
        listed_clauses.clause_id,
        rules.rule_id,
        rules.is_sufficient,
        rules.is_complete_for_code,
        string_split(rules.requires, ';') as required,
        readings.present_elements,
        list_has_all(readings.present_elements, string_split(rules.requires, ';')) as is_held,
        list_has_any(readings.absent_elements, string_split(rules.requires, ';'))
        or coalesce(list_contains(readings.other_families, rules.family_id), false) as is_ruled_out,
    from listed_clauses
    inner join {{ ref('dim_composition_rule') }} as rules
        on
            listed_clauses.measure_id = rules.measure_id
            and list_contains(listed_clauses.listed_codes, rules.hs6_code)
    inner join composition_readings as readings
        on listed_clauses.question_id = readings.question_id
    where listed_clauses.coverage = 'partial'
),

-- What an alternative still asks for: the elements that are not stated.
open_alternatives as (
    select
        missing.question_id,
        missing.measure_id,
        missing.clause_id,
        missing.rule_id,
        missing.is_sufficient,
        list(missing.symbol) as symbols,
        string_agg(
            lower(elements.element_name), ' and '
            order by list_position(missing.required, missing.symbol)
        ) as phrase,
    from (
        select
            alternatives.*,
            unnest(alternatives.required) as symbol,
        from alternatives
        where not alternatives.is_ruled_out
    ) as missing
    inner join {{ ref('dim_element') }} as elements
        on missing.symbol = elements.symbol
    where not list_contains(missing.present_elements, missing.symbol)
    group by
        missing.question_id, missing.measure_id, missing.clause_id, missing.rule_id,
        missing.is_sufficient
),

-- An alternative that asks for more than another does not decide.
element_questions as (
    select
        open_alternatives.question_id,
        open_alternatives.measure_id,
        open_alternatives.clause_id,
        open_alternatives.is_sufficient,
        list(distinct open_alternatives.phrase order by open_alternatives.phrase) as phrases,
    from open_alternatives
    where
        not exists (
            select 1
            from open_alternatives as easier
            where
                easier.question_id = open_alternatives.question_id
                and easier.measure_id = open_alternatives.measure_id
                and easier.clause_id = open_alternatives.clause_id
                and easier.is_sufficient = open_alternatives.is_sufficient
                and len(easier.symbols) < len(open_alternatives.symbols)
                and list_has_all(open_alternatives.symbols, easier.symbols)
        )
    group by
        open_alternatives.question_id, open_alternatives.measure_id, open_alternatives.clause_id,
        open_alternatives.is_sufficient
),

worded_questions as (
    select
        element_questions.question_id,
        element_questions.measure_id,
        element_questions.clause_id,
        bool_or(element_questions.is_sufficient) as is_sufficient,
        bool_or(not element_questions.is_sufficient) as has_insufficient,
        arg_max(
            'does it hold '
            || case
                when len(element_questions.phrases) = 1 then element_questions.phrases[1]
                when array_to_string(element_questions.phrases, ' ') like '% and %'
                    then array_to_string(element_questions.phrases, ', or ')
                else
                    array_to_string(element_questions.phrases[:-2], ', ')
                    || ' or ' || element_questions.phrases[-1]
            end
            || '?',
            element_questions.is_sufficient
        ) as question,
    from element_questions
    group by
        element_questions.question_id, element_questions.measure_id, element_questions.clause_id
),

ruled as (
    select
        alternatives.question_id,
        alternatives.measure_id,
        alternatives.clause_id,
        bool_and(alternatives.is_complete_for_code) as is_complete,
        bool_and(alternatives.is_ruled_out) as is_ruled_out,
        bool_or(
            alternatives.is_held and not alternatives.is_ruled_out and alternatives.is_sufficient
        ) as is_met,
        bool_or(
            alternatives.is_held
            and not alternatives.is_ruled_out
            and not alternatives.is_sufficient
        ) as is_touched,
    from alternatives
    group by alternatives.question_id, alternatives.measure_id, alternatives.clause_id
),

situated as (
    select
        listed_clauses.*,
        readings.elements_read,
        readings.read_as,
        readings.is_given,
        readings.not_understood,
        worded_questions.question,
        ruled.is_complete,
        ruled.is_touched,
        coalesce(worded_questions.has_insufficient, false) as has_insufficient,
        case
            when listed_clauses.coverage = 'whole' then 'whole'
            when listed_clauses.coverage = 'reference_only' then 'one_firm'
            when listed_clauses.coverage = 'may_overlap' then 'may_overlap'
            when ruled.is_complete is null then 'no_rule'
            when ruled.is_met then 'met'
            when ruled.is_ruled_out and ruled.is_complete then 'ruled_out'
            when worded_questions.is_sufficient then 'elements'
            when ruled.is_touched then 'parameters'
            when worded_questions.has_insufficient then 'needed_elements'
            else 'other_items'
        end as situation,
    from listed_clauses
    inner join composition_readings as readings
        on listed_clauses.question_id = readings.question_id
    left join ruled
        on
            listed_clauses.question_id = ruled.question_id
            and listed_clauses.measure_id = ruled.measure_id
            and listed_clauses.clause_id = ruled.clause_id
    left join worded_questions
        on
            listed_clauses.question_id = worded_questions.question_id
            and listed_clauses.measure_id = worded_questions.measure_id
            and listed_clauses.clause_id = worded_questions.clause_id
),

situations (situation, in_scope, reason, question, answer_if_yes, answer_if_no) as (
    values
    ('whole', 'yes', 'the whole code is listed', null, null, null),
    (
        'one_firm', 'cannot tell',
        'the clause is addressed to one firm; the code is its product family only',
        'is it a good of the firm that the clause is addressed to?', null, 'no'
    ),
    (
        'may_overlap', 'cannot tell',
        'the clause lists a code of another edition, which may hold goods of this one',
        'is it among the goods that the clause lists?', null, 'no'
    ),
    (
        'no_rule', 'cannot tell',
        'the code holds other goods too; the technical parameters of the item decide',
        'does it meet the technical parameters of an item that the clause lists in this code?',
        'yes', 'no'
    ),
    ('met', 'yes', 'by composition: holds what the item names', null, null, null),
    (
        'ruled_out', 'no', 'by composition: what is stated rules out every item of the code',
        null, null, null
    ),
    (
        'elements', 'cannot tell', 'the composition does not state all that decides',
        null, 'yes', 'no'
    ),
    (
        'parameters', 'cannot tell', 'holds what the item names; its other parameters decide',
        'does it meet the other technical parameters of the item, such as purity and form?',
        'yes', 'no'
    ),
    (
        'needed_elements', 'cannot tell', 'the composition does not state all that decides',
        null, null, 'no'
    ),
    (
        'other_items', 'cannot tell', 'other items of the code are not told by their elements',
        'is it another item that the clause lists in this code?', 'yes', 'no'
    ),
    (
        'dual_use', 'yes',
        'all dual-use items for these users; another clause of the issuer lists this',
        null, null, null
    ),
    (
        'perhaps_dual_use', 'cannot tell',
        'all dual-use items for these users; no clause held here says whether this is one',
        'is it a dual-use item by the law of the issuer?', 'yes', 'no'
    ),
    (
        'dual_use_of_any_user', 'cannot tell',
        'all dual-use items for military users, and another clause of the issuer lists this; '
        || 'the end use is not stated',
        'is its user or its end use military?', 'yes', 'no'
    ),
    (
        'perhaps_dual_use_of_any_user', 'cannot tell',
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
        readings.elements_read,
        readings.read_as,
    from {{ ref('fct_scenario_measure_states') }} as clause_states
    inner join questions
        on
            clause_states.scenario_id = questions.asked_scenario
            and clause_states.user_type = coalesce(questions.asked_use, 'military')
    inner join composition_readings as readings
        on questions.question_id = readings.question_id
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
        situated.question_id,
        situated.measure_id,
        situated.clause_id,
        situated.situation,
        situated.coverage,
        situated.nomenclature,
        situated.product_code,
        situated.elements_read,
        situated.read_as,
        situated.question,
        -- A "no" settles nothing where another item of the code may still be meant.
        case situated.situation
            when 'elements'
                then
                    situated.is_complete
                    and not situated.is_touched
                    and not situated.has_insufficient
            when 'parameters' then situated.is_complete and not situated.has_insufficient
            when 'needed_elements' then situated.is_complete
            else true
        end as is_settled_by_no,
        case
            when situated.situation not in ('elements', 'needed_elements') then null
            when not situated.is_given
                then 'the code holds other goods too; state the composition'
            when situated.not_understood is not null
                then 'nothing is read of the composition; ' || situated.not_understood
        end as reason,
    from situated
    union all by name
    select
        without_code.*,
        'none_listed' as coverage,
    from without_code
),

standing as (
    select
        in_question.question_id,
        in_question.coverage,
        in_question.nomenclature as matched_nomenclature,
        in_question.product_code as matched_code,
        in_question.elements_read,
        in_question.read_as,
        situations.in_scope,
        coalesce(in_question.reason, situations.reason) as scope_reason,
        case
            when in_question.situation in ('elements', 'needed_elements') then in_question.question
            else situations.question
        end as question,
        situations.answer_if_yes as scope_if_yes,
        case
            when coalesce(in_question.is_settled_by_no, true) then situations.answer_if_no
        end as scope_if_no,
        measure_states.*,
        measure_states.is_disputed or measure_states.state in ('lapsed_presumed', 'unknown')
            as is_doubtful,
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
        case
            when standing.in_scope = 'no' then 'no'
            when standing.is_doubtful then 'cannot tell'
            when standing.state = 'in_force' then standing.in_scope
            else 'no'
        end as answer,
    from standing
),

nearest as (
    select
        ranked.question_id,
        string_agg(ranked.name, ', ' order by ranked.likeness desc, ranked.name) as names,
    from (
        select
            questions.question_id,
            known.name,
            jaro_winkler_similarity(
                lower(known.name),
                lower(
                    case known.kind
                        when 'end use' then questions.use_text else questions.place_text
                    end
                )
            ) as likeness,
        from questions
        inner join (
            select 'destination' as kind, places.place_name as name
            from {{ ref('dim_place_name') }} as places
            where length(places.name_key) > 3
            union all
            select 'end use' as kind, end_uses.end_use as name
            from {{ ref('dim_end_use') }} as end_uses
        ) as known
            on questions.refused = known.kind
        qualify
            row_number() over (
                partition by questions.question_id
                order by likeness desc, known.name
            ) <= 3
    ) as ranked
    group by ranked.question_id
),

coverage_answers as (
    select
        answered.question_id,
        answered.answer,
        case
            when answered.answer <> 'no' and answered.is_disputed then 'disputed'
            when answered.answer <> 'no' and answered.is_doubtful then 'presumed'
            when answered.answer = 'cannot tell' then 'bounds_only'
            when answered.coverage = 'partial' and answered.in_scope <> 'cannot tell'
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
        answered.elements_read,
        answered.read_as,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.in_scope = 'yes' then 'is the clause in force on this day?'
            else answered.question
        end as deciding_question,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.in_scope = 'yes' then 'yes'
            when not answered.is_doubtful then answered.scope_if_yes
        end as answer_if_yes,
        case
            when answered.answer <> 'cannot tell' then null
            when answered.in_scope = 'yes' then 'no'
            else answered.scope_if_no
        end as answer_if_no,
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
            when 'code' then 'the code is not one of six, eight or ten digits'
            when 'destination'
                then
                    'the destination' || coalesce(' ' || questions.place_text, '')
                    || ' is no country known here, nor EU27'
                    || coalesce('; the nearest are ' || nearest.names, '')
            when 'end use'
                then
                    'the end use ' || questions.use_text
                    || ' is not known here; the nearest are ' || nearest.names
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
        readings.elements_read,
        readings.read_as,
        case questions.refused
            when 'code' then 'which code of six, eight or ten digits does it have?'
            when 'destination' then 'to which country, or to EU27, does it go?'
            when 'end use' then 'is its end use civil or military?'
            else
                case
                    when known_codes.question_id is null
                        then 'under which code of HS 2022 or CN 2025 is it declared?'
                end
        end as deciding_question,
    from questions
    inner join composition_readings as readings
        on questions.question_id = readings.question_id
    left join nearest
        on questions.question_id = nearest.question_id
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
