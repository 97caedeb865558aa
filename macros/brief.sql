{#
    The Monday brief: what may become a line, and when. docs/methodology/monday_brief.md has it in
    words.

    A fact is known on [known_from, known_to) and due from due_on until before due_until; an empty
    due_on is due as soon as it is known. It is news in the week in which it falls due or in which
    it was first known; a standing fact (a stale source) is said as long as it holds.
#}
{% macro brief_is_raised(facts, as_of, known_on) -%}
    {{ facts }}.known_from <= {{ known_on }}
    and ({{ facts }}.known_to is null or {{ known_on }} < {{ facts }}.known_to)
    and ({{ facts }}.due_on is null or {{ facts }}.due_on <= {{ as_of }})
    and ({{ facts }}.due_until is null or {{ as_of }} < {{ facts }}.due_until)
    and (
        {{ facts }}.is_standing
        or coalesce({{ facts }}.due_on > {{ as_of }} - 7, false)
        or {{ facts }}.first_known_from > {{ known_on }} - 7
    )
{%- endmacro %}
