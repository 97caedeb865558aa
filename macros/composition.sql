{#
    Reads what a good holds from a few words: "NdFeB, no Dy, but 2 % Tb" holds Nd, Fe, B and Tb.

    Every token gets a letter for its kind, and the string of letters is rewritten by rules:

    E  an element, by symbol or English name       A  a formula or a name for several elements
    H  an element with an amount: it is held       X  an element that is denied
    D  a word of denial     V  a denial not understood     F  free, as in Dy-free
    N  a number above zero  Z  zero, none           w  a word or sign that affirms
    &  and, or              o  of, from             h  a word that says nothing about elements
    U  not understood       ?  an element behind a denial that is not understood

    Writes the common table expressions `composition_tokens` and `held`: one row with the elements
    that are held, the words that are not understood, and whether all is understood. A text that
    is not understood in full can say that an element is there, never that it is not.
    `asked` has the column asked_composition; `elements` is dim_element.
#}
{% macro reading_of_composition(asked, elements) %}
composition_tokens as (
    select
        unnest(tokens.token_list) as token,
        generate_subscripts(tokens.token_list, 1) as token_number,
    from (
        select
            regexp_extract_all(
                regexp_replace({{ asked }}.asked_composition, '(?i)\bw/o\b', 'without', 'g'),
                '[A-Za-z][A-Za-z0-9]*|[0-9]+(?:[.,][0-9]+)?|[^\sA-Za-z0-9]'
            ) as token_list,
        from {{ asked }}
    ) as tokens
),

all_symbols as (
    select list(elements.symbol) as symbol_list,
    from {{ elements }} as elements
),

likened as (
    select
        composition_tokens.token,
        composition_tokens.token_number,
        elements.symbol is not null as is_element,
        case
            when lower(composition_tokens.token) = 'ndfeb' then ['Nd', 'Fe', 'B']
            when lower(composition_tokens.token) = 'smco' then ['Sm', 'Co']
            when elements.symbol is not null then [elements.symbol]
            when
                regexp_full_match(composition_tokens.token, '([A-Z][a-z]?[0-9]*){2,}')
                and regexp_matches(composition_tokens.token, '[a-z]')
                then regexp_extract_all(composition_tokens.token, '[A-Z][a-z]?')
        end as symbols,
    from composition_tokens
    left join {{ elements }} as elements
        on
            composition_tokens.token = elements.symbol
            or lower(composition_tokens.token) = lower(elements.element_name)
            or (
                elements.is_rare_earth
                and length(elements.symbol) = 2
                and lower(composition_tokens.token) = lower(elements.symbol)
            )
),

classed as (
    select
        likened.token,
        likened.token_number,
        likened.symbols,
        case
            when likened.is_element then 'E'
            when
                likened.symbols is not null
                and list_has_all(all_symbols.symbol_list, likened.symbols)
                then 'A'
            when
                lower(likened.token)
                in ('no', 'not', 'without', 'neither', 'excluding', 'except', 'minus')
                then 'D'
            when lower(likened.token) = 'free' then 'F'
            when
                lower(likened.token) in ('none', 'nil', 'zero')
                or regexp_full_match(likened.token, '0([.,]0+)?')
                then 'Z'
            when regexp_full_match(likened.token, '[0-9]+([.,][0-9]+)?') then 'N'
            when
                likened.token in ('+', ';', '.')
                or lower(likened.token) in (
                    'with', 'plus', 'contain', 'contains', 'containing', 'including', 'has', 'have',
                    'having', 'holds', 'but'
                )
                then 'w'
            when lower(likened.token) in ('and', 'or', 'nor', '&') then '&'
            when likened.token in (',', '/', '-', '%', '=', ':', '(', ')') then likened.token
            when lower(likened.token) in ('of', 'from') then 'o'
            when
                lower(likened.token) in (
                    'a', 'the', 'does', 'is', 'magnet', 'magnets', 'permanent', 'sintered', 'bonded',
                    'alloy', 'alloys', 'metal', 'powder', 'wt', 'weight', 'mass', 'by', 'balance',
                    'based', 'content', 'pct', 'percent'
                )
                then 'h'
            else 'U'
        end as class,
    from likened
    cross join all_symbols
),

-- The order of the rules matters: amounts first, then denials, then what follows from them.
{% set rules = {
    'amounts': [
        ('E([=:(]*)Z', 'X\\1Z'),
        ('E([=:(]*h?)N', 'H\\1N'),
        ('N([h%]*)E', 'N\\1H'),
        ('Fo', 'Do'),
        ('D(h?)w', 'D\\1h'),
        ('D([ho]*)D', 'V\\1D'),
        ('Z([h%]*)E', 'D\\1E'),
    ],
    'denied': [('(D[hoX,/&%]*)E', '\\1X')] * 8,
    'free': [('E(-?)F', 'X\\1F')] + [('E([-,/&X]*X-?F)', 'X\\1')] * 8,
    'left_open': [('D([ho%]*)([^hoX%])', 'V\\1\\2'), ('D([ho%]*)$', 'V\\1')]
        + [('(V.*)E', '\\1?')] * 8,
} %}
lettered as (
    select string_agg(classed.class, '' order by classed.token_number) as classes,
    from classed
),

{% set previous = namespace(name='lettered') %}
{% for name, steps in rules.items() %}
rewritten_{{ name }} as (
    select
        {{ 'regexp_replace(' * (steps | length) }}
        {{ previous.name }}.classes
        {% for pattern, replacement in steps %}
        , '{{ pattern }}', '{{ replacement }}', 'g')
        {% endfor %} as classes,
    from {{ previous.name }}
),

{% set previous.name = 'rewritten_' ~ name %}
{% endfor %}
read_tokens as (
    select
        classed.token,
        classed.token_number,
        classed.symbols,
        substr(
            rewritten_left_open.classes, cast(classed.token_number as integer), 1
        ) as class,
    from classed
    cross join rewritten_left_open
),

held_symbols as (
    select distinct unnest(read_tokens.symbols) as symbol,
    from read_tokens
    where read_tokens.class in ('E', 'A', 'H')
),

held as (
    select
        (select list(held_symbols.symbol order by held_symbols.symbol) from held_symbols)
            as held_elements,
        coalesce(bool_and(read_tokens.class not in ('U', 'V', '?')), false) as is_understood,
        string_agg(read_tokens.token, ' ' order by read_tokens.token_number)
            filter (where read_tokens.class in ('U', 'V', '?')) as words_not_understood,
    from read_tokens
),
{% endmacro %}
