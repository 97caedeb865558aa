{# How a word of a composition is compared: no capitals, accents or hyphens. #}
{% macro composition_key(text) -%}
    trim(
        regexp_replace(
            translate(lower({{ text }}), 'àâäçéèêëîïôöùûü-‐–_', 'aaaceeeeiioouuu    '),
            ' +', ' ', 'g'
        )
    )
{%- endmacro %}


{#
    What a good holds and what not, by two lists of terms (docs/methodology/measure_coverage.md).

    `asked` has question_id, asked_contains and asked_without. Writes common table expressions:
    `composition_entries`, one row per entry, without a term where none is spelt so, and
    `composition_readings`, one row per question with what the entries state, as lists of elements,
    terms, classes and families: `stated`, `held` (without shares below 0.1 %) and `denied`.
#}
{% macro composition_readings(asked) %}
composition_entries as (
    select
        entries.*,
        names.* exclude (name_key, name, elements, source_title, source_url, note),
        string_split(names.elements, ';') as elements,
        [names.term, names.member_of, names.family_id] as own_terms,
        coalesce(entries.share_pct < 0.1, false) as is_trace,
    from (
        select
            split.question_id,
            split.is_contains,
            split.entry,
            nullif(split.parts['before'] || split.parts['behind'], '') as share_text,
            try_cast(share_text as double) as share_pct,
            '' in (split.parts['before'], split.parts['behind']) and split.is_contains as may_have,
            -- In `without` a share says nothing, nor do two of one term, or what is no number.
            case when share_text is null or share_pct >= 0 and may_have then split.parts['term'] end
                as spelt,
        from (
            select
                lists.question_id,
                lists.is_contains,
                trim(unnest(string_split(lists.entries, ','))) as entry,
                regexp_extract(
                    entry, '^(?:([0-9.]+) ?% ?)?(.*?)(?: +([0-9.]+) ?%)?$',
                    ['before', 'term', 'behind']
                ) as parts,
            from (
                select
                    asked.question_id,
                    unnest([true, false]) as is_contains,
                    regexp_replace(
                        translate(
                            unnest([asked.asked_contains, asked.asked_without]),
                            '₀₁₂₃₄₅₆₇₈₉;' || chr(10) || chr(13) || chr(9) || chr(160),
                            '0123456789,,,  '
                        ),
                        '(^|[ ,])([0-9]+),([0-9]+ ?%)', '\1\2.\3', 'g'
                    ) as entries,
                from {{ asked }} as asked
            ) as lists
        ) as split
        where split.entry <> ''
    ) as entries
    left join {{ ref('dim_composition_name') }} as names
        on
            names.name_key = case
                when entries.spelt in (select name_key from {{ ref('dim_composition_name') }})
                    then entries.spelt
                else {{ composition_key('entries.spelt') }}
            end
),

composition_readings as (
    select
        asked.question_id,
        {% for name, parts, rows in [
            ('stated', 'elements || own_terms', 'is_contains'),
            ('held', 'elements || own_terms', 'is_contains and not is_trace'),
            ('family_elements', 'elements', 'is_contains and family_id is not null'),
        ] %}
        coalesce(flatten(list({{ parts }}) filter (where {{ rows }})), []) as {{ name }},
        {% endfor %}
        coalesce(list(distinct term) filter (where not is_contains and name_kind <> 'grade'), [])
            as denied,
        coalesce(list(distinct family_id) filter (where is_contains and family_id is not null), [])
            as families,
        coalesce(list({'terms': own_terms, 'share_pct': share_pct}) filter (where is_contains), [])
            as shares,
        count(entry) filter (where is_contains and term is null) > 0 as has_unknown,
        coalesce(bool_or(is_contains and is_trace), false) as has_trace,
        count(entry) > 0 as is_given,
        string_agg(entry, ', ') filter (where is_contains and (share_pct = 0 or share_pct > 100))
            as wrong_shares,
    from {{ asked }} as asked
    left join composition_entries
        using (question_id)
    group by asked.question_id
),
{% endmacro %}
