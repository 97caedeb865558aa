with

cells as (
    select
        cells.*,
        columns.rule,
        string_split(columns.words_for, ' ') as word_rules,
        coalesce(columns.is_required = 'Y', false) as is_required,
    from {{ ref('stg_law__cells') }} as cells
    left join {{ ref('law_columns') }} as columns
        on cells.table_name = columns.table_name and cells.column_name = columns.column_name
),

rules as (select * from {{ ref('law_rules') }}),

shaped as (
    select
        cells.table_name,
        cells.row_id,
        cells.column_name,
        cells.value,
        if(
            cells.value is not null or cells.rule = 'malformed_yes_or_no', cells.rule,
            if(cells.is_key and cells.row_id = '(none)', 'missing_identifier', 'missing_value')
        ) as rule,
        [] as details,
        if(
            cells.value is null, cells.is_required,
            not regexp_full_match(cells.value, rules.pattern)
            or (cells.rule = 'malformed_date' and {{ first_day('cells.value') }} is null)
        ) as is_broken,
    from cells
    left join rules
        on cells.rule = rules.rule
    where cells.value is null or rules.pattern is not null
),

vocabularies as (
    select
        rule,
        unnest(string_split(words, ', ')) as word,
    from rules
    union all
    select
        unnest(word_rules) as rule,
        value as word,
    from cells
    where value is not null
    union all
    select
        unnest(['unknown_destination', 'unknown_jurisdiction']) as rule,
        iso2 as word,
    from {{ ref('stg_reference__countries') }}
    union all
    select
        'unknown_element' as rule,
        symbol as word,
    from {{ ref('elements') }}
),

words as (
    select
        cells.* exclude (is_key, word_rules, is_required),
        unnest(
            if(rule in ('unknown_element', 'unknown_term'), string_split(value, ';'), [value])
        ) as word,
    from cells
    where starts_with(rule, 'unknown_') and value is not null
),

unknown_words as (
    select words.*
    from words
    left join vocabularies
        on words.rule = vocabularies.rule and words.word = vocabularies.word
    where vocabularies.word is null
),

likened as (
    select
        unknown_words.rule,
        unknown_words.value,
        vocabularies.word as known_word,
        jaro_winkler_similarity(vocabularies.word, unknown_words.word) as likeness,
    from unknown_words
    inner join vocabularies
        on unknown_words.rule = vocabularies.rule
),

nearest as (
    select
        rule,
        value,
        arg_max(known_word, (likeness, known_word)) as known_word,
    from likened
    where likeness > 0.8
    group by rule, value
),

unknown as (
    select
        unknown_words.*,
        ['; the nearest known is ' || nearest.known_word] as details,
        true as is_broken,
    from unknown_words
    left join nearest
        on unknown_words.rule = nearest.rule and unknown_words.value = nearest.value
),

repeated as (
    select
        table_name,
        row_id,
        column_name,
        value,
        'repeated_identifier' as rule,
        [cast(count(*) as varchar)] as details,
        count(*) > 1 as is_broken,
    from cells
    where is_key and row_id <> '(none)'
    group by table_name, row_id, column_name, value
),

of_measures as (
    select
        acts.table_name,
        acts.row_id,
        acts.column_name,
        acts.value,
        'identifier_of_a_measure' as rule,
        [] as details,
        true as is_broken,
    from cells as acts
    inner join cells as measures
        on acts.value = measures.value
    where
        acts.is_key and acts.table_name = 'law_acts'
        and measures.is_key and measures.table_name = 'measures'
),

{{ law_faults(['shaped', 'unknown', 'repeated', 'of_measures']) }}
