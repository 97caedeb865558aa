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
understood as (
    select
        asked.question_id,
        asked.asked_on,
        asked.asked_known,
        asked.asked_scenario,
        -- One code: pairs of digits may stand apart, and the first four or eight together.
        case
            when
                regexp_full_match(
                    upper(trim(asked.asked_code)),
                    '(?:(?:HS|CN|KN|SH|NC) ?)?(?:[0-9]{4}(?:[0-9]{2}){0,3}(?:[ .-][0-9]{2})*'
                    || '|[0-9]{4}[ .-][0-9]{4}(?:[ .-]?[0-9]{2})?|[0-9]{2}(?:[ .-][0-9]{2})+)'
                )
                then regexp_replace(asked.asked_code, '[^0-9]', '', 'g')
        end as asked_code,
        {{ place_code('asked.asked_place') }} as country_code,
        nullif(trim(left(asked.asked_place, 60)), '') as place_text,
        nullif(trim(left(asked.asked_use, 60)), '') as use_text,
        end_uses.user_type as asked_use,
    from {{ asked }} as asked
    left join {{ ref('dim_end_use') }} as end_uses
        on regexp_replace(lower(trim(asked.asked_use)), '[ -]+', ' ', 'g') = end_uses.end_use
),

{{ composition_readings(asked) }}

-- Words that are not known, each with what they may mean.
unknown_words as (
    select
        question_id,
        'end use' as kind,
        use_text as word,
    from understood
    where use_text is not null and asked_use is null
    union all
    select
        question_id,
        'destination' as kind,
        place_text as word,
    from understood
    where country_code is null and place_text is not null
    union
    select
        question_id,
        'term' as kind,
        left(entry, 60) as word,
    from composition_entries
    where term is null
),

known_words as (
    select 'destination' as kind, place_name as name, place_name as meaning
    from {{ ref('dim_place_name') }}
    where length(name_key) > 3
    union all
    select 'end use' as kind, end_use as name, end_use as meaning
    from {{ ref('dim_end_use') }}
    union all
    select 'term' as kind, name, term as meaning
    from {{ ref('dim_composition_name') }}
),

nearest as (
    select
        ranked.question_id,
        ranked.kind,
        ranked.word,
        string_agg(ranked.name, ', ' order by ranked.likeness desc, ranked.name) as names,
    from (
        select
            likened.question_id,
            likened.kind,
            likened.word,
            arg_max(likened.name, (likened.likeness, likened.name)) as name,
            max(likened.likeness) as likeness,
        from (
            select
                unknown_words.*,
                known_words.name,
                known_words.meaning,
                jaro_winkler_similarity(lower(known_words.name), lower(unknown_words.word))
                    as likeness,
            from unknown_words
            inner join known_words
                on
                    unknown_words.kind = known_words.kind
                    and 2 * length(known_words.name) >= length(unknown_words.word)
        ) as likened
        group by likened.question_id, likened.kind, likened.word, likened.meaning
        qualify
            row_number() over (
                partition by likened.question_id, likened.kind, likened.word
                order by max(likened.likeness) desc, likened.meaning
            ) <= 3
    ) as ranked
    group by ranked.question_id, ranked.kind, ranked.word
),

questions as (
    select
        understood.*,
        readings.* exclude (question_id),
        list_filter(symbols.known, lambda symbol: list_contains(readings.stated, symbol)) as present,
        -- A magnet of all elements of a family that an item names is taken for one of it.
        case
            when len(readings.families) = 0
                then [(
                    select arg_max(family.term, len(string_split(family.elements, ';')))
                    from {{ ref('dim_composition_name') }} as family
                    where
                        family.term in (select rules.family_id from {{ ref('dim_composition_rule') }} as rules)
                        and list_has_all(readings.held, string_split(family.elements, ';'))
                )]
            else []
        end as implied_family,
        unknown_terms.terms as unknown_terms,
        nullif(
            concat_ws(
                '; ',
                'holds ' || nullif(array_to_string(present, ', '), ''),
                'does not hold ' || nullif(array_to_string(readings.denied, ', '), ''),
                'family ' || nullif(array_to_string(list_sort(readings.families), ', '), ''),
                'not known: ' || unknown_terms.terms
            ),
            ''
        ) as read_as,
        case
            when coalesce(length(understood.asked_code) not in (6, 8, 10), true) then 'code'
            when understood.country_code is null then 'destination'
            when understood.use_text is not null and understood.asked_use is null then 'end use'
            when
                coalesce(zero_shares, impossible_shares) is not null
                or list_has_any(readings.stated, readings.denied)
                then 'composition'
        end as refused,
    from understood
    inner join composition_readings as readings
        on understood.question_id = readings.question_id
    cross join (select list(symbol order by symbol) as known from {{ ref('dim_element') }}) as symbols
    left join (
        select
            question_id,
            string_agg(word || ' (nearest: ' || names || ')', '; ' order by word) as terms,
        from nearest
        where kind = 'term'
        group by question_id
    ) as unknown_terms
        on understood.question_id = unknown_terms.question_id
),

{{ listed_clauses('questions') }}

-- Where a code is listed in part, the items of the code decide; where `contains` has what an item
-- of another code of the heading requires, code and composition disagree.
considered as (
    select
        question_id,
        measure_id,
        clause_id,
        listed_codes,
        false as is_other_code,
    from listed_clauses
    where coverage = 'partial'
    union all
    select
        questions.question_id,
        coded.measure_id,
        coded.clause_id,
        list(distinct coded.product_code) as listed_codes,
        true as is_other_code,
    from questions
    inner join known_codes
        on questions.question_id = known_codes.question_id
    inner join {{ ref('bridge_measure_products') }} as coded
        on
            coded.nomenclature = 'HS2022'
            and left(known_codes.product_code, 4) = left(coded.product_code, 4)
            and coded.coverage in ('whole', 'partial')
    left join listed_clauses
        on
            questions.question_id = listed_clauses.question_id
            and coded.measure_id = listed_clauses.measure_id
            and coded.clause_id = listed_clauses.clause_id
    where len(questions.present) > 0 and listed_clauses.question_id is null
    group by questions.question_id, coded.measure_id, coded.clause_id
),

-- Each item of the code is an alternative: the good may be it.
items as (
    select distinct
        considered.*,
        scope.item_description,
        rules.* exclude (
            scope_id, measure_id, material, item_description, requires, elements, telling_elements,
            confidence, source_title, source_url, note
        ),
        string_split(rules.requires, ';') as required,
        string_split(rules.elements, ';') as elements,
        string_split(rules.telling_elements, ';') as telling,
    from considered
    inner join {{ ref('dim_measure_scope') }} as scope
        on considered.measure_id = scope.measure_id
    left join {{ ref('dim_composition_rule') }} as rules
        on
            scope.material = rules.material
            and scope.item_description = rules.item_description
            and coalesce(scope.hs6_code = rules.hs6_code, true)
    where list_contains(considered.listed_codes, coalesce(scope.hs6_code, rules.hs6_code))
    qualify
        rules.hs6_code is not null
        or not bool_or(rules.hs6_code is not null) over (
            partition by considered.question_id, considered.clause_id, scope.scope_id
        )
),

alternatives as (
    select
        items.*,
        list_filter(
            items.required,
            lambda token: not list_contains(questions.stated || questions.implied_family, token)
        ) as missing,
        list_has_all(questions.held || questions.implied_family, items.required) as is_held,
        list_has_any(questions.stated, items.telling) as is_touched,
        questions.present,
        questions.has_unknown,
        questions.families,
        list_filter(
            questions.shares, lambda share: list_contains(share.terms, items.required[1])
        ) as own_shares,
        len(
            list_filter(
                questions.shares,
                lambda share: not list_contains(share.terms, items.required[1])
                and coalesce(share.share_pct >= 0.1, true)
            )
        ) as other_count,
        case
            when list_has_any(questions.denied, items.elements || items.required)
                then 'without '
                || array_to_string(list_intersect(questions.denied, items.elements || items.required), ', ')
            -- Unless an element is stated that the item requires and the stated family lacks.
            when
                not list_contains(questions.families, items.family_id)
                and len(questions.families) > 0
                and not questions.has_unknown
                and not list_has_any(
                    items.elements,
                    list_filter(
                        questions.present,
                        lambda symbol: not list_contains(questions.family_elements, symbol)
                    )
                )
                then array_to_string(questions.families, ', ') || ' is another family than '
                || items.family_id
        end as denial,
    from items
    inner join questions
        on items.question_id = questions.question_id
),

-- What an item still asks for, the first of it.
situated_items as (
    select
        *,
        own_shares[1].share_pct as share_pct,
        case
            when len(own_shares) = 1 and share_of = 'good' and own_shares[1].share_pct < min_share_pct
                then required[1] || ' below ' || format('{:g}', cast(min_share_pct as double)) || ' %'
        end as shortfall,
        coalesce(denial, shortfall) as ruled_out_by,
        case
            when rule_id is null then 'no_rule'
            when ruled_out_by is not null then 'ruled_out'
            when is_other_code then if(is_touched, 'other_code', 'ruled_out')
            when len(missing) > 0 then 'missing'
            when not is_held then 'trace'
            when len(families) > 1 and family_id is not null and len(required) > 1 then 'family'
            when is_elemental and coalesce(share_pct < 90, other_count > 0) then 'elemental'
            when not is_text_at_hand then 'unread'
            when
                min_share_pct is not null
                and not coalesce(
                    len(own_shares) = 1
                    and (share_pct > min_share_pct or (is_share_included and share_pct = min_share_pct)),
                    false
                )
                then 'purity'
            when form is not null then 'form'
            when excludes is not null then 'excluded'
            when hs6_code is not null and len(listed_codes) > 1 then 'code'
            else 'met'
        end as situation,
        -- Whether a yes to its question makes it the item.
        case situation
            when 'missing'
                then
                    is_sufficient
                    and (not is_elemental or other_count = 0)
                    and (
                        family_id is null
                        or len(required) = 1
                        or len(families) = 0
                        or list_contains(families, family_id)
                    )
            when 'purity' then coalesce(form, excludes) is null
            when 'form' then excludes is null
            when 'elemental' then is_sufficient
            when 'family' then is_sufficient
            when 'trace' then false
            when 'unread' then false
            when 'code' then false
            when 'other_code' then false
            else true
        end as is_decisive,
        case situation
            when 'no_rule'
                then 'does it meet the technical parameters of the item (' || item_description || ')?'
            when 'trace'
                then 'does the item (' || item_words || ') begin below 0.1 %?'
            when 'family' then 'is it of the item: ' || item_words || '?'
            when 'elemental' then 'is it ' || item_words || ', and no alloy or compound?'
            when 'unread'
                then 'does it meet the text of the item (' || item_words || '), not at hand here?'
            when 'purity'
                then 'is its purity '
                || if(is_share_included, 'at least ', 'above ')
                || format('{:g}', cast(min_share_pct as double)) || ' %?'
            when 'form' then 'is it ' || form || '?'
            when 'excluded' then 'is it other than ' || excludes || '?'
            when 'code' then 'under which code of HS 2022 is it declared?'
            when 'other_code' then 'is the code right, or is it the item (' || item_words || ')?'
        end as own_question,
    from alternatives
),

-- What the items of a clause ask, the question that decides most first. An item that asks for more
-- than another decides nothing.
missing_terms as (
    select
        asking.question_id,
        asking.measure_id,
        asking.clause_id,
        asking.is_decisive,
        asking.missing,
        string_agg(
            coalesce(lower(elements.element_name), asking.token), ' and '
            order by list_position(asking.missing, asking.token)
        ) as phrase,
    from (
        select distinct
            question_id,
            measure_id,
            clause_id,
            is_decisive,
            missing,
            unnest(missing) as token,
        from situated_items
        where situation = 'missing'
    ) as asking
    left join {{ ref('dim_element') }} as elements
        on asking.token = elements.symbol
    group by
        asking.question_id, asking.measure_id, asking.clause_id, asking.is_decisive, asking.missing
),

missing_questions as (
    select
        asking.question_id,
        asking.measure_id,
        asking.clause_id,
        asking.is_decisive,
        list(distinct asking.phrase order by asking.phrase) as phrases,
        'does it hold '
        || case
            when len(phrases) = 1 then phrases[1]
            when array_to_string(phrases, ' ') like '% and %' then array_to_string(phrases, ', or ')
            else array_to_string(phrases[:-2], ', ') || ' or ' || phrases[-1]
        end
        || '?' as own_question,
    from missing_terms as asking
    where
        not exists (
            select 1
            from missing_terms as easier
            where
                easier.question_id = asking.question_id
                and easier.measure_id = asking.measure_id
                and easier.clause_id = asking.clause_id
                and easier.is_decisive = asking.is_decisive
                and len(easier.missing) < len(asking.missing)
                and list_has_all(asking.missing, easier.missing)
        )
    group by asking.question_id, asking.measure_id, asking.clause_id, asking.is_decisive
),

item_questions as (
    select
        situated_items.question_id,
        situated_items.measure_id,
        situated_items.clause_id,
        situated_items.situation,
        situated_items.is_decisive,
        coalesce(missing_questions.own_question, situated_items.own_question) as question,
        min(situated_items.item_words) as words,
        count(*) = any_value(open_items.item_count) as is_only,
    from situated_items
    inner join (
        select
            question_id,
            measure_id,
            clause_id,
            count(*) as item_count,
        from situated_items
        where situation not in ('met', 'ruled_out')
        group by question_id, measure_id, clause_id
    ) as open_items
        on
            situated_items.question_id = open_items.question_id
            and situated_items.measure_id = open_items.measure_id
            and situated_items.clause_id = open_items.clause_id
    left join missing_questions
        on
            situated_items.situation = 'missing'
            and situated_items.question_id = missing_questions.question_id
            and situated_items.measure_id = missing_questions.measure_id
            and situated_items.clause_id = missing_questions.clause_id
            and situated_items.is_decisive = missing_questions.is_decisive
    where situated_items.situation not in ('met', 'ruled_out')
    group by
        situated_items.question_id, situated_items.measure_id, situated_items.clause_id,
        situated_items.situation, situated_items.is_decisive, question
    qualify
        row_number() over (
            partition by
                situated_items.question_id, situated_items.measure_id, situated_items.clause_id
            order by
                not situated_items.is_decisive,
                list_position(
                    ['purity', 'form', 'elemental', 'family', 'excluded', 'missing', 'trace'],
                    situated_items.situation
                ) nulls last,
                question
        ) = 1
),

ruled as (
    select
        question_id,
        measure_id,
        clause_id,
        bool_and(situation = 'ruled_out') as is_ruled_out,
        bool_or(is_other_code) as is_other_code,
        any_value(listed_codes) as listed_codes,
        min(item_words) filter (where situation = 'met') as words_met,
        string_agg(distinct ruled_out_by, '; ' order by ruled_out_by) as ruled_out_by,
    from situated_items
    group by question_id, measure_id, clause_id
),

situated as (
    select
        listed_clauses.*,
        case
            when listed_clauses.coverage <> 'partial' then listed_clauses.coverage
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
    from listed_clauses
    left join ruled
        on
            listed_clauses.question_id = ruled.question_id
            and listed_clauses.measure_id = ruled.measure_id
            and listed_clauses.clause_id = ruled.clause_id
    left join item_questions
        on
            listed_clauses.question_id = item_questions.question_id
            and listed_clauses.measure_id = item_questions.measure_id
            and listed_clauses.clause_id = item_questions.clause_id
    union all by name
    select
        ruled.question_id,
        ruled.measure_id,
        ruled.clause_id,
        'HS2022' as nomenclature,
        array_to_string(list_sort(ruled.listed_codes), ', ') as product_code,
        'other_code' as coverage,
        'other_code' as situation,
        item_questions.question,
        false as is_decisive,
        false as is_only,
        item_questions.words,
    from ruled
    inner join item_questions
        on
            ruled.question_id = item_questions.question_id
            and ruled.measure_id = item_questions.measure_id
            and ruled.clause_id = item_questions.clause_id
    where ruled.is_other_code
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
        'trace', 'cannot tell', 'contains', 'it holds little of what the item names', null, 'cannot tell', 'cannot tell'
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
        'holds what the item names, and the item leaves some of it out', null, 'yes', 'no'
    ),
    (
        'unread', 'cannot tell', 'data sheet',
        'holds what the item names; the text of the item is not at hand',
        null, 'cannot tell', 'cannot tell'
    ),
    (
        'code', 'cannot tell', 'code', 'the item leaves goods of another code of 2022 out',
        null, 'cannot tell', 'cannot tell'
    ),
    (
        'other_code', 'cannot tell', 'code',
        'code and composition may disagree: the clause lists what it holds under ',
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
        questions.asked_use,
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
                        situations.reason || in_question.product_code || ' (' || in_question.words
                        || ')'
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
                    case
                        when questions.zero_shares is not null
                            then 'a share is above 0 (' || questions.zero_shares
                            || '): put it under without'
                        when questions.impossible_shares is not null
                            then 'a share is at most 100 % (' || questions.impossible_shares || ')'
                        else
                            'both contained and denied: ' || array_to_string(
                                list_sort(list_intersect(questions.stated, questions.denied)), ', '
                            )
                    end
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
        on questions.question_id = nearest.question_id and questions.refused = nearest.kind
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
