{#
    What each item that a listed code may be asks of the good.

    Reads the expressions `questions` (with the lists of `composition_readings`), `known_codes` and
    `listed_clauses`. Writes common table expressions; of these `ruled` (one row per question and
    clause: whether every item is ruled out, by what, and the words of one that is met) and
    `item_questions` (one row per question and clause with an open item: what to ask) are read on.
#}
{% macro items_in_question() %}
-- A measure that names a material without its codes may mean each code of it.
named_clauses as (
    select
        known_codes.question_id,
        scope.measure_id,
        clauses.clause_id,
        list(distinct scope.hs6_code) as listed_codes,
    from known_codes
    inner join {{ ref('dim_measure_scope') }} as scope
        on scope.coverage = 'named' and left(known_codes.product_code, 6) = scope.hs6_code
    inner join (
        select distinct
            destinations.measure_id,
            destinations.clause_id,
        from {{ ref('bridge_measure_destinations') }} as destinations
    ) as clauses
        on scope.measure_id = clauses.measure_id
    anti join listed_clauses
        on
            known_codes.question_id = listed_clauses.question_id
            and scope.measure_id = listed_clauses.measure_id
    group by known_codes.question_id, scope.measure_id, clauses.clause_id
),

-- Where `contains` has what an item of another code of the heading requires, code and composition
-- disagree.
heading_clauses as (
    select
        questions.question_id,
        coded.measure_id,
        coded.clause_id,
        list(distinct coded.product_code) as listed_codes,
    from questions
    inner join known_codes
        on questions.question_id = known_codes.question_id
    inner join {{ ref('bridge_measure_products') }} as coded
        on
            coded.nomenclature = 'HS2022'
            and left(known_codes.product_code, 4) = left(coded.product_code, 4)
            and coded.coverage in ('whole', 'partial')
    anti join (
        select
            listed_clauses.question_id,
            listed_clauses.measure_id,
        from listed_clauses
        union all
        select
            named_clauses.question_id,
            named_clauses.measure_id,
        from named_clauses
    ) as answering
        on
            questions.question_id = answering.question_id
            and coded.measure_id = answering.measure_id
    where len(questions.present) > 0 or questions.has_unknown
    group by questions.question_id, coded.measure_id, coded.clause_id
),

considered as (
    select
        question_id,
        measure_id,
        clause_id,
        coverage,
        listed_codes,
        nomenclature,
        product_code,
    from listed_clauses
    {% for relation, coverage in {
        'named_clauses': 'named', 'heading_clauses': 'other_code',
    }.items() %}
    union all
    select
        question_id,
        measure_id,
        clause_id,
        '{{ coverage }}' as coverage,
        listed_codes,
        'HS2022' as nomenclature,
        array_to_string(list_sort(listed_codes), ', ') as product_code,
    from {{ relation }}
    {% endfor %}
),

-- Each item of the code is an alternative: the good may be it.
items as (
    select distinct
        considered.question_id,
        considered.measure_id,
        considered.clause_id,
        considered.coverage,
        considered.listed_codes,
        scope.item_description,
        considered.coverage = 'other_code'
        or not list_contains(
            considered.listed_codes, coalesce(scope.hs6_code, rules.hs6_code)
        ) as is_elsewhere,
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
    where
        considered.coverage in ('partial', 'named', 'other_code')
        and (scope.coverage = 'named') = (considered.coverage = 'named')
        and case
            when considered.coverage = 'partial'
                then list_contains(
                    list_transform(considered.listed_codes, lambda code: left(code, 4)),
                    left(coalesce(scope.hs6_code, rules.hs6_code), 4)
                )
            else
                list_contains(
                    considered.listed_codes, coalesce(scope.hs6_code, rules.hs6_code)
                )
        end
    qualify
        (
            rules.hs6_code is not null
            or not bool_or(rules.hs6_code is not null) over (
                partition by considered.question_id, considered.clause_id, scope.scope_id
            )
        )
        -- What is an item of the code itself is not looked for elsewhere.
        and (
            considered.coverage = 'other_code'
            or not is_elsewhere
            or not bool_or(not is_elsewhere) over (
                partition by
                    considered.question_id, considered.measure_id, considered.clause_id,
                    scope.material, scope.item_description
            )
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
        list_has_all(questions.held || questions.implied_family || missing, items.required)
            as is_rest_held,
        questions.has_unknown or list_has_any(questions.stated, items.telling) as is_touched,
        questions.families,
        list_transform(
            list_filter(
                questions.shares, lambda share: list_contains(share.terms, items.required[1])
            ),
            lambda share: share.share_pct
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
                || array_to_string(
                    list_intersect(questions.denied, items.elements || items.required), ', '
                )
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
        list_max(own_shares) as share_pct,
        format('{:g}', cast(min_share_pct as double)) as min_share,
        case
            when
                share_of = 'good'
                and not list_contains(list_transform(own_shares, lambda one: one is null), true)
                and (
                    list_sum(own_shares) < min_share_pct
                    or not is_share_included and list_sum(own_shares) = min_share_pct
                )
                then required[1] || ' below ' || min_share || ' %'
        end as shortfall,
        coalesce(denial, shortfall) as ruled_out_by,
        case
            when ruled_out_by is not null then 'ruled_out'
            when is_elsewhere and not coalesce(is_touched, false) then 'ruled_out'
            when is_elsewhere then 'other_code'
            when rule_id is null then 'no_rule'
            when len(missing) > 0 then 'missing'
            when not is_held then 'trace'
            when len(families) > 1 and family_id is not null and len(required) > 1 then 'family'
            when is_elemental and coalesce(share_pct < 90, other_count > 0) then 'elemental'
            when not is_text_at_hand then 'unread'
            when
                min_share_pct is not null
                and not coalesce(
                    share_pct > min_share_pct
                    or is_share_included and share_pct = min_share_pct,
                    false
                )
                then 'purity'
            when form is not null then 'form'
            when
                excludes is not null
                and (excludes_from_pct is null or coalesce(share_pct >= excludes_from_pct, false))
                then 'excluded'
            when hs6_code is not null and len(listed_codes) > 1 then 'code'
            else 'met'
        end as situation,
        -- Whether a yes to its question makes it the item.
        case situation
            when 'missing'
                then
                    is_sufficient
                    and is_rest_held
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
            else situation not in ('trace', 'unread', 'code', 'other_code')
        end as is_decisive,
        case situation
            when 'trace'
                then 'does the item (' || item_words || ') begin below 0.1 %?'
            when 'family' then 'is it of the item: ' || item_words || '?'
            when 'elemental' then 'is it ' || item_words || ', and no alloy or compound?'
            when 'unread'
                then 'does it meet the text of the item (' || item_words || ')?'
            when 'purity'
                then 'is its purity '
                || case when is_share_included then 'at least ' else 'above ' end
                || min_share || ' %?'
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
    group by all
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
        open_items.question_id,
        open_items.measure_id,
        open_items.clause_id,
        open_items.situation,
        open_items.is_decisive,
        coalesce(missing_questions.own_question, open_items.own_question) as question,
        min(open_items.item_words) as words,
        count(*) = any_value(open_items.item_count) as is_only,
    from (
        select
            *,
            count(*) over (partition by question_id, measure_id, clause_id) as item_count,
        from situated_items
        where situation not in ('met', 'ruled_out')
    ) as open_items
    left join missing_questions
        on
            open_items.situation = 'missing'
            and open_items.question_id = missing_questions.question_id
            and open_items.measure_id = missing_questions.measure_id
            and open_items.clause_id = missing_questions.clause_id
            and open_items.is_decisive = missing_questions.is_decisive
    group by
        open_items.question_id, open_items.measure_id, open_items.clause_id, open_items.situation,
        open_items.is_decisive, question
    qualify
        row_number() over (
            partition by open_items.question_id, open_items.measure_id, open_items.clause_id
            order by
                not open_items.is_decisive,
                list_position(
                    [
                        'purity', 'form', 'elemental', 'family', 'excluded', 'unread', 'trace',
                        'missing',
                    ],
                    open_items.situation
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
        min(item_words) filter (where situation = 'met') as words_met,
        string_agg(distinct ruled_out_by, '; ' order by ruled_out_by) as ruled_out_by,
    from situated_items
    group by question_id, measure_id, clause_id
),
{% endmacro %}
