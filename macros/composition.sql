{#
    Reads what a good holds from a few words. Each element is present, absent or not stated:
    "NdFeB, no Dy, but 2 % Tb" holds Nd, Fe, B and Tb, does not hold Dy, and says nothing of Sm.
    What is not understood leaves everything not stated.

    Every word or sign gets a letter for its kind, and those that say nothing of elements are left
    out. The string of letters is cut into statements, and each statement gets a letter.

    Words                                              Statements
    E  an element, by symbol or name                   E  an element is in it
    A  a formula, or the name of a substance           A  its elements are in it
    M  a name, grade or formula of a family            M  the same, and it is of the family
    N  an amount above zero    Z  zero, none           Q  an element and its amount
    D  without                 d  no                   R  an amount and its element
    F  free, as in Dy-free     g  more than            X  elements that are denied
    w  with    p  containing, after or before it       Y  an element and zero
    P  coated, c  coating, o  powder, foil             F  elements, and "free"
    &  and     |  or           + , ; : - / ( )
    U  not understood
#}
{% macro composition_words() %}
{% do return({
    'silent': [
        '%', '~', 'the', 'of', 'is', 'are', 'by', 'from', 'wt', 'weight', 'mass', 'percent', 'pct',
        'ppm', 'atomic', 'content', 'purity',
        'magnet', 'magnets', 'magnetic', 'permanent', 'sintered', 'bonded', 'single', 'sputtering',
        'element', 'elements', 'composition', 'material', 'materials', 'uncoated', 'unwrought',
        'made', 'consisting', 'composed',
    ],
    'o': [
        'alloy', 'alloys', 'metal', 'metals', 'metallic', 'powder', 'powders', 'compound',
        'compounds', 'mixture', 'ingot', 'ingots', 'wafer', 'wafers', 'crystal', 'crystals',
        'target', 'targets', 'block', 'blocks', 'ring', 'rings', 'disc', 'discs', 'rod', 'rods',
        'sheet', 'plate', 'foil', 'film',
    ],
    'c': ['coating', 'plating'],
    'P': ['coated', 'plated'],
    'w': [
        'with', 'contain', 'contains', 'include', 'includes', 'including', 'has', 'have', 'having',
        'hold', 'holds', 'holding', 'a', 'an', 'pure', 'high',
    ],
    'p': ['containing', 'doped', 'bearing', 'based', 'rich'],
    'N': ['balance', 'bal'],
    'D': ['without', 'excluding'],
    'd': ['no', 'neither'],
    'F': ['free'],
    'Z': ['none', 'nil', 'zero'],
    'g': ['>'],
    '&': ['and', '&'],
    '+': ['plus', '+'],
    '|': ['or', 'nor'],
    ';': [';', '.', 'but'],
    ':': [':', '='],
    '(': ['(', 'in'],
    ')': [')'], ',': [','], '-': ['-'], '/': ['/'],
}) %}
{% endmacro %}


{# Patterns, in the order in which they are replaced, and what stands in their place. #}
{% macro replaced(text, steps) -%}
    {{ 'regexp_replace(' * (steps | length) }}{{ text }}
    {%- for pattern, replacement in steps %}
    , '{{ pattern }}', '{{ replacement }}', 'g')
    {%- endfor %}
{%- endmacro %}


{#
    `asked` has question_id and asked_composition; `elements` is dim_element and `names` is
    dim_composition_name. Writes common table expressions, the last of them
    `composition_readings`: one row per question with is_given, not_understood (why; null where it
    is understood), present_elements, absent_elements, other_families (that it is not of),
    elements_read, read_as.
#}
{% macro composition_readings(asked, elements, names) %}
{% set longest = 500 %}
{% set spellings = [
    ('[\\n\\r]+', ' ; '), ('\\t+', ' '), ('[\\p{Cc}\\p{Cf}]', ' ¿ '),
    ('([0-9]) *[-–—] *([0-9])', '\\1-\\2'), ('([0-9]) [.] ([0-9])', '\\1.\\2'),
    ('\\b(0[.,0]*)[+]', '\\1 ¿ '), ('([0-9]) ?[.]{2,}', '\\1 ¿ '),
    ('(?: [-–—]+|[–—]) *([;,.)]|$)', ' ¿ \\1'),
    (' [-–—]+ +([a-z]{2})', ' ; \\1'), (' [-–—]+ ', ' ¿ '), ('[‐‑–−]', '-'),
    ('[≥>]=?|(?i:\\b(?:at least|more than)\\b)', ' > '),
    ('(?i)\\b(?:wt|at|mol|vol|mass)[.]? ?%', ' % '),
    ('(?i)([0-9]) ?(?:ppm|ppb|pct|percent)\\b', '\\1 % '),
    ('(?i)\\b[3-9]N[1-9]?\\b', ' '),
    (
        '(?i)\\b(?:w/o|free (?:of|from)|(?:does|do) not (?:contain|hold|have)|not containing)\\b',
        ' without ',
    ),
] %}
{#
    An element before or after its amount, or with a word that affirms it. `E Z E` could be either,
    and stays.
#}
{% set amounts = [
    ('wD', 'wU'),
    ('EN-N', 'Hnnn'), ('E:N-N', 'Hnnnn'), ('E[(]N-N', 'H(nnn'), ('([AM][(]?)N-N', '\\1nnn'),
    ('N-N', 'nnN'), ('gN', 'nN'), ('E(-?)[pP]', 'H\\1n'), ('[pP]', 'w'),
    ('E:N', 'Hnn'), ('E:Z', 'Yzz'), ('E:d([;,)&])', 'Yzz\\1'),
    ('E[(]N', 'H(n'), ('E[(]Z', 'Y(z'),
    ('EN', 'Hn'), ('N([EH])', 'n\\1'), ('nE', 'nH'), ('([AM][(]?)N', '\\1n'), ('N([AM])', 'n\\1'),
] %}
{% set zeros = [('EZ([^E])', 'Yz\\1')] * 4 + [('([^E])ZE', '\\1dE')] * 2 %}
{# "No Dy, Tb" may deny terbium or not; "no Dy, Tb or Sm" denies all. #}
{% set statements = [
    'DE(?:,E)*(?:,?[&|/]+E)*', 'dE(?:,E)+,?[|/]+E', 'dE(?:[&|/]+E)*',
    '(?:E(?:-[,&|]+|-?/))*E-?F', 'n+H', '(?s:.)',
] %}
{# Statements beside each other of which one may belong to the other. #}
{% set unclear = [
    '[UNZgDd|/f]', '[^w;M]:', 'w[,&]', 'X[-,&+()]*[EA]', 'X[,()]*[&+][,()]*[MQ]', 'XM', 'X-',
    'F[-,&+()]*[,&+()][-,&+()]*[EA]', 'F[,()]*[&+][,()]*M', 'E-?[,&+]+[FY]',
    'FE', 'Y[,&+]+E;', 'X,M,E', 'ME;Y',
] %}
{#
    What is denied may be a coating or a form of the element, may be said of another material that
    stands beside the family, or of a part of the good.
#}
{% set forms_denied = [
    '[DdFZ][(]?[oc]', '[DdFZ][(-]?E[-/E,&+|(]*[oc]',
    '[Pc][^,;M]*[DdFZ]', '[Pc]:.*[DdFZ]', '[(][^)]*[Pc][^)]*[DdFZ]',
    'M[^,;DdZF]*E[wo(]*[Dd]', 'M.*A[wo(]*[Dd]', 'A[wo(]*[Dd].*M', 'F[^,;]*A[^,;]*M',
    'M[^,;DdZF]*(?:A|E[(])[(]?EZ',
    'MN[^,;]*[DdFZ]', '(?:^|[,;(])NM[^,;]*[DdFZ]', 'DE(?:,E)+;E;',
] %}
{% set symbol = '[A-Z][a-z]?(?:[0-9]+(?:[.][0-9]+)?)?' %}
{% set formula = '(?:' ~ symbol ~ '|\\(' ~ symbol ~ '(?:[, ]{0,2}' ~ symbol ~ ')*\\)'
    ~ '(?:[0-9]+(?:[.][0-9]+)?)?){2,}' %}
composition_texts as (
    select
        asked.question_id,
        trim(coalesce(asked.asked_composition, '')) <> '' as is_given,
        coalesce(length(asked.asked_composition) > {{ longest }}, false) as is_too_long,
        case
            when length(asked.asked_composition) <= {{ longest }} then asked.asked_composition
        end as composition_text,
    from {{ asked }} as asked
),

spelt_texts as (
    select
        composition_texts.question_id,
        {{ replaced(
            "translate(composition_texts.composition_text, '₀₁₂₃₄₅₆₇₈₉', '0123456789')",
            spellings
        ) }} as spelt,
    from composition_texts
),

-- The names that stand in each text as whole words.
name_mentions as (
    select
        mentioned.question_id,
        mentioned.mention,
        arg_min(mentioned.name_kind, mentioned.name_id) as name_kind,
        arg_min(mentioned.symbols, mentioned.name_id) as symbols,
        arg_min(mentioned.family_id, mentioned.name_id) as family_id,
    from (
        select
            spelt_texts.question_id,
            names.name_id,
            names.name_kind,
            names.family_id,
            string_split(names.elements, ';') as symbols,
            unnest(
                regexp_extract_all(
                    spelt_texts.spelt, '(?i:\b(?:' || names.name_pattern || ')\b)'
                )
            ) as mention,
        from spelt_texts
        cross join {{ names }} as names
    ) as mentioned
    group by mentioned.question_id, mentioned.mention
),

name_patterns as (
    select
        '(?i:\b(?:'
        || string_agg(
            names.name_pattern, '|' order by length(names.name_pattern) desc, names.name_id
        )
        || ')\b)|' as any_name,
    from {{ names }} as names
),

-- All texts are cut as one, record separators between them: a pattern that is a value is compiled
-- for each row.
cut_texts as (
    select
        unnest(together.tokens) as token,
        generate_subscripts(together.tokens, 1) as token_number,
    from (
        select
            regexp_extract_all(
                string_agg(
                    coalesce(spelt_texts.spelt, ''), ' ' || chr(30) || ' '
                    order by spelt_texts.question_id
                ),
                any_value(name_patterns.any_name)
                || '{{ formula }}\b|\p{L}[\p{L}\p{N}]*|[0-9]+(?:[.,][0-9]+)?(?:\p{L}[\p{L}\p{N}]*)?'
                || '|[.][0-9]+|[^\s]'
            ) as tokens,
        from spelt_texts
        cross join name_patterns
    ) as together
),

composition_tokens as (
    select
        numbered_texts.question_id,
        numbered_tokens.token,
        numbered_tokens.token_number,
    from (
        select
            cut_texts.*,
            1 + count(*) filter (where cut_texts.token = chr(30)) over (
                order by cut_texts.token_number
            ) as text_number,
        from cut_texts
    ) as numbered_tokens
    inner join (
        select
            spelt_texts.question_id,
            row_number() over (order by spelt_texts.question_id) as text_number,
        from spelt_texts
    ) as numbered_texts
        on numbered_tokens.text_number = numbered_texts.text_number
    where numbered_tokens.token <> chr(30)
),

-- A formula has a small letter, a bracket or a number: INC and FOB are none, and a zero in it
-- states nothing.
formulas as (
    select distinct
        composition_tokens.token,
        regexp_extract_all(composition_tokens.token, '[A-Z][a-z]?') as symbols,
    from composition_tokens
    where
        regexp_full_match(composition_tokens.token, '{{ formula }}')
        and (
            regexp_matches(composition_tokens.token, '[a-z(]')
            or regexp_matches(composition_tokens.token, '[0-9]')
            and regexp_full_match(composition_tokens.token, '(?:[A-Z](?:1?[0-9])?)+')
        )
        and not regexp_matches(composition_tokens.token, '[A-Za-z)]0+(?:[.]0+)?(?:[^0-9.]|$)')
        and list_has_all(
            (select list(elements.symbol) from {{ elements }} as elements),
            regexp_extract_all(composition_tokens.token, '[A-Z][a-z]?')
        )
),

formula_families as (
    select
        formulas.token,
        any_value(names.family_id) as family_id,
    from formulas
    inner join {{ names }} as names
        on list_has_all(formulas.symbols, string_split(names.formula_elements, ';'))
    group by formulas.token
    having count(*) = 1
),

-- In, As and Be begin a sentence as words; CO, NI and the like can be read in two ways, and so can
-- ND, NA and N after the name of an element. About zero is not zero.
classed_tokens as (
    select
        tokens.question_id,
        tokens.token,
        tokens.token_number,
        coalesce(mentions.symbols, formulas.symbols, [elements.symbol]) as symbols,
        coalesce(mentions.family_id, formula_families.family_id) as family_id,
        case
            when mentions.name_kind = 'element' then 'E'
            when coalesce(mentions.family_id, formula_families.family_id) is not null then 'M'
            when coalesce(mentions.symbols, formulas.symbols) is not null then 'A'
            when
                tokens.token in ('In', 'As', 'Be')
                and regexp_matches(tokens.token_before, '^[;.]?$')
                and regexp_matches(tokens.token_after, '^[a-z]')
                then 'U'
            when
                tokens.token in ('ND', 'NA', 'N')
                and not regexp_matches(
                    tokens.token_before, '^(?:[,;.+&(%-]?|and|with|[0-9][0-9.,]*)$'
                )
                then 'U'
            when
                lower(tokens.token) = 'from' and lower(tokens.token_before) <> 'made'
                or lower(tokens.token) = 'by'
                and lower(tokens.token_after) not in ('weight', 'mass', 'wt')
                then 'U'
            when tokens.token = '~' and not regexp_matches(tokens.token_after, '[1-9]') then 'U'
            when elements.symbol is not null then 'E'
            when regexp_full_match(tokens.token, '[0-9]*[.,]?[0-9]+')
                then case when regexp_matches(tokens.token, '[1-9]') then 'N' else 'Z' end
            {% for letter, words in composition_words().items() %}
            when lower(tokens.token) in ('{{ words | join("', '") }}')
                then {{ "''" if letter == 'silent' else "'" ~ letter ~ "'" }}
            {% endfor %}
            else 'U'
        end as letter,
    from (
        select
            composition_tokens.question_id,
            composition_tokens.token,
            composition_tokens.token_number,
            coalesce(lag(composition_tokens.token) over in_order, '') as token_before,
            coalesce(lead(composition_tokens.token) over in_order, '') as token_after,
        from composition_tokens
        window in_order as (
            partition by composition_tokens.question_id
            order by composition_tokens.token_number
        )
    ) as tokens
    left join name_mentions as mentions
        on tokens.question_id = mentions.question_id and tokens.token = mentions.mention
    left join formulas
        on tokens.token = formulas.token
    left join formula_families
        on tokens.token = formula_families.token
    left join {{ elements }} as elements
        on
            tokens.token = elements.symbol
            or lower(tokens.token) = lower(elements.element_name)
            or (
                length(elements.symbol) = 2
                and lower(tokens.token) = lower(elements.symbol)
                and (
                    (
                        tokens.token = upper(tokens.token)
                        and not regexp_full_match(tokens.token, '[BCFHIKNOPSUVWY]{2}|AS|BE')
                    )
                    or (elements.is_rare_earth and tokens.token <> 'nd')
                )
                and not regexp_full_match(tokens.token, '[BCFHIKNOPSUVWY]{2}')
            )
),

-- A semicolon before and after spares the rules the ends of the text.
lettered_tokens as (
    select
        classed_tokens.*,
        1 + row_number() over (
            partition by classed_tokens.question_id
            order by classed_tokens.token_number
        ) as position,
    from classed_tokens
    where classed_tokens.letter not in ('', 'o', 'c')
),

lettered as (
    select
        classed_tokens.question_id,
        ';'
        || string_agg(classed_tokens.letter, '' order by classed_tokens.token_number)
            filter (where classed_tokens.letter not in ('o', 'c'))
        || ';' as letters,
        regexp_matches(
            string_agg(classed_tokens.letter, '' order by classed_tokens.token_number),
            '{{ forms_denied | join("|") }}'
        ) as is_form_denied,
    from classed_tokens
    group by classed_tokens.question_id
),

measured as (
    select
        lettered.question_id,
        {{ replaced('lettered.letters', amounts) }} as letters,
    from lettered
),

zeroed as (
    select
        measured.question_id,
        {{ replaced('measured.letters', zeros) }} as letters,
    from measured
),

composition_statements as (
    select
        cut.question_id,
        unnest(cut.statements) as statement,
        generate_subscripts(cut.statements, 1) as statement_number,
    from (
        select
            zeroed.question_id,
            regexp_extract_all(zeroed.letters, '{{ statements | join("|") }}') as statements,
        from zeroed
    ) as cut
),

classed_statements as (
    select
        statements.question_id,
        statements.statement_number,
        statements.statement,
        sum(length(statements.statement)) over (
            partition by statements.question_id
            order by statements.statement_number
        ) as last_position,
        case
            when regexp_matches(statements.statement, '^[Dd].') then 'X'
            when regexp_matches(statements.statement, '.F$') then 'F'
            when statements.statement = 'F' then 'f'
            when statements.statement = 'H' then 'Q'
            when regexp_matches(statements.statement, 'nH') then 'R'
            when statements.statement in ('n', 'z') then ''
            else statements.statement
        end as kind,
    from composition_statements as statements
),

statement_kinds as (
    select
        classed_statements.question_id,
        regexp_matches(
            string_agg(classed_statements.kind, '' order by classed_statements.statement_number),
            '{{ unclear | join("|") }}'
        ) as is_unclear,
    from classed_statements
    group by classed_statements.question_id
),

read_tokens as (
    select
        lettered_tokens.question_id,
        lettered_tokens.token,
        lettered_tokens.position,
        lettered_tokens.family_id,
        classed_statements.kind,
        unnest(coalesce(lettered_tokens.symbols, [cast(null as varchar)])) as symbol,
        generate_subscripts(coalesce(lettered_tokens.symbols, [cast(null as varchar)]), 1)
            as symbol_number,
    from lettered_tokens
    inner join classed_statements
        on
            lettered_tokens.question_id = classed_statements.question_id
            and lettered_tokens.position
            > classed_statements.last_position - length(classed_statements.statement)
            and lettered_tokens.position <= classed_statements.last_position
),

symbols_stated as (
    select
        read_tokens.question_id,
        read_tokens.symbol,
        min((read_tokens.position, read_tokens.symbol_number)) as position,
        bool_or(read_tokens.kind in ('X', 'Y', 'F')) as is_absent,
        bool_or(read_tokens.kind not in ('X', 'Y', 'F')) as is_present,
    from read_tokens
    where read_tokens.symbol is not null
    group by read_tokens.question_id, read_tokens.symbol
),

stated as (
    select
        symbols_stated.question_id,
        list(symbols_stated.symbol order by symbols_stated.position)
            filter (where symbols_stated.is_present) as present_elements,
        list(symbols_stated.symbol order by symbols_stated.position)
            filter (where symbols_stated.is_absent) as absent_elements,
        string_agg(symbols_stated.symbol, ', ' order by symbols_stated.symbol)
            filter (where symbols_stated.is_present and symbols_stated.is_absent) as contradicted,
    from symbols_stated
    group by symbols_stated.question_id
),

words_read as (
    select
        read_tokens.question_id,
        min(read_tokens.family_id) as family_id,
        string_agg(distinct read_tokens.family_id, ' and ' order by read_tokens.family_id)
            as family_ids,
        count(distinct read_tokens.family_id) as family_count,
        list(distinct read_tokens.token order by read_tokens.token)
            filter (where regexp_matches(read_tokens.kind, '[UNZgDd|/f]')) as words_left,
    from read_tokens
    group by read_tokens.question_id
),

judged as (
    select
        texts.question_id,
        texts.is_given,
        words_read.family_id,
        case
            when texts.is_too_long
                then 'a composition of more than {{ longest }} characters is not read'
            when words_read.words_left is not null
                then 'not understood: ' || array_to_string(words_read.words_left, ', ')
            when statement_kinds.is_unclear
                then 'it is not clear which elements are denied; give each its own statement'
            when lettered.is_form_denied
                then
                    'it is not clear what is denied: the element, or a coating, form or part of'
                    || ' the good'
            when stated.contradicted is not null
                then 'stated and denied: ' || stated.contradicted
            when words_read.family_count > 1
                then 'of more than one family: ' || words_read.family_ids
        end as not_understood,
        stated.present_elements,
        stated.absent_elements,
    from composition_texts as texts
    left join words_read
        on texts.question_id = words_read.question_id
    left join statement_kinds
        on texts.question_id = statement_kinds.question_id
    left join lettered
        on texts.question_id = lettered.question_id
    left join stated
        on texts.question_id = stated.question_id
),

-- A good of one family is of no other of its group.
families as (
    select
        own.family_id,
        list(distinct others.family_id) as other_families,
    from {{ names }} as own
    inner join {{ names }} as others
        on own.family_group = others.family_group and own.family_id <> others.family_id
    group by own.family_id
),

composition_readings as (
    select
        judged.question_id,
        judged.is_given,
        judged.not_understood,
        case
            when judged.not_understood is null then coalesce(judged.present_elements, []) else []
        end as present_elements,
        case
            when judged.not_understood is null then coalesce(judged.absent_elements, []) else []
        end as absent_elements,
        case when judged.not_understood is null then families.other_families end as other_families,
        case
            when judged.not_understood is null
                then array_to_string(list_sort(judged.present_elements), ' ')
        end as elements_read,
        case
            when not judged.is_given then null
            when judged.not_understood is not null then 'nothing; ' || judged.not_understood
            else
                coalesce(
                    nullif(
                        concat_ws(
                            '; ',
                            'holds ' || array_to_string(judged.present_elements, ', '),
                            'does not hold ' || array_to_string(judged.absent_elements, ', '),
                            'family ' || judged.family_id
                        ),
                        ''
                    ),
                    'nothing about elements'
                )
        end as read_as,
    from judged
    left join families
        on judged.family_id = families.family_id
),
{% endmacro %}
