{#
    What is asked, as it is understood: `questions`, one row per row of `asked` (see
    coverage_answers) with its code, country, use and composition, and `refused`, the field that is
    not understood. `nearest` has for each unknown word what it may mean.
#}
{% macro questions_asked(asked) %}
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
                    upper(trim(replace(asked.asked_code, chr(160), ' '))),
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

-- Words that are not known, each with what it may mean.
unknown_words as (
    select
        understood.question_id,
        'end use' as kind,
        understood.use_text as word,
    from understood
    where understood.use_text is not null and understood.asked_use is null
    union all
    select
        understood.question_id,
        'destination' as kind,
        understood.place_text as word,
    from understood
    where understood.country_code is null and understood.place_text is not null
    union
    select
        composition_entries.question_id,
        'term' as kind,
        left(composition_entries.entry, 60) as word,
    from composition_entries
    where composition_entries.term is null
),

known_words as (
    select
        'destination' as kind,
        places.place_name as name,
        places.place_name as meaning,
    from {{ ref('dim_place_name') }} as places
    where length(places.name_key) > 3
    union all
    select
        'end use' as kind,
        end_uses.end_use as name,
        end_uses.end_use as meaning,
    from {{ ref('dim_end_use') }} as end_uses
    union all
    select
        'term' as kind,
        names.name,
        names.term as meaning,
    from {{ ref('dim_composition_name') }} as names
),

likened as (
    select
        words.kind,
        words.word,
        known_words.name,
        known_words.meaning,
        jaro_winkler_similarity(lower(known_words.name), lower(words.word)) as likeness,
    from (select distinct unknown_words.kind, unknown_words.word from unknown_words) as words
    inner join known_words
        on words.kind = known_words.kind and 2 * length(known_words.name) >= length(words.word)
),

nearest as (
    select
        ranked.kind,
        ranked.word,
        string_agg(ranked.name, ', ' order by ranked.likeness desc, ranked.name) as names,
    from (
        select
            likened.kind,
            likened.word,
            arg_max(likened.name, (likened.likeness, likened.name)) as name,
            max(likened.likeness) as likeness,
        from likened
        group by likened.kind, likened.word, likened.meaning
        qualify
            row_number() over (
                partition by likened.kind, likened.word
                order by max(likened.likeness) desc, likened.meaning
            ) <= 3
    ) as ranked
    group by ranked.kind, ranked.word
),

questions as (
    select
        understood.*,
        readings.* exclude (question_id),
        list_filter(symbols.known, lambda symbol: list_contains(readings.stated, symbol))
            as present,
        -- A good of all elements of one family, and of no other, is taken for one of it.
        case
            when len(readings.families) = 0
                then [(
                    select any_value(family.term)
                    from {{ ref('dim_composition_name') }} as family
                    where
                        family.term = family.family_id
                        and list_has_all(readings.held, string_split(family.elements, ';'))
                    having count(distinct family.term) = 1
                )]
            else []
        end as implied_family,
        unknown_terms.terms as unknown_terms,
        nullif(
            concat_ws(
                '; ',
                'holds ' || nullif(array_to_string(present, ', '), ''),
                'does not hold ' || nullif(array_to_string(list_sort(readings.denied), ', '), ''),
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
                readings.wrong_shares is not null
                or list_has_any(readings.stated, readings.denied)
                then 'composition'
        end as refused,
    from understood
    inner join composition_readings as readings
        on understood.question_id = readings.question_id
    cross join (
        select list(symbol order by symbol) as known from {{ ref('dim_element') }}
    ) as symbols
    left join (
        select
            unknown_words.question_id,
            string_agg(
                unknown_words.word || ' (nearest: ' || nearest.names || ')', '; '
                order by unknown_words.word
            ) as terms,
        from unknown_words
        inner join nearest
            on unknown_words.kind = nearest.kind and unknown_words.word = nearest.word
        where unknown_words.kind = 'term'
        group by unknown_words.question_id
    ) as unknown_terms
        on understood.question_id = unknown_terms.question_id
),
{% endmacro %}
