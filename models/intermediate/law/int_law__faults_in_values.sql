{#
    What each column of the tables of the law may hold. Table -> the columns that name a row, and
    its columns: name in the file, expression here, kind of value, whether it must be filled.
    `kinds` and `vocabularies` below say what a kind is.
#}
{% set tables = {
    'measures': {'rows': 'measures', 'key': ['measure_id'], 'columns': [
        ('measure_id', 'measure_id', 'identifier', true),
        ('jurisdiction', 'jurisdiction_iso2', 'jurisdiction', true),
        ('measure_type', 'measure_type', 'measure_type', true),
        ('target_partner', 'target_partner', 'destination', true),
        ('announced_on', 'announced_on', 'date', false),
        ('effective_from', 'effective_from', 'date', false),
        ('effective_to', 'effective_to', 'date', false),
        ('last_source_on', 'last_source_on', 'date', false),
        ('title', 'title', 'text', true),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'law_acts': {'rows': 'other_acts', 'key': ['act_id'], 'columns': [
        ('act_id', 'act_id', 'identifier', true),
        ('jurisdiction', 'jurisdiction_iso2', 'jurisdiction', true),
        ('act_type', 'act_type', 'measure_type', true),
        ('announced_on', 'announced_on', 'date', false),
        ('effective_from', 'effective_from', 'date', false),
        ('effective_to', 'effective_to', 'date', false),
        ('known_on', 'known_on', 'date', false),
        ('title', 'title', 'text', true),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'measure_clauses': {'rows': 'clauses', 'key': ['measure_id', 'clause_id'], 'columns': [
        ('measure_id', 'measure_id', 'act', true),
        ('clause_id', 'clause_id', 'identifier', true),
        ('destination', 'target_partner', 'destination', false),
        ('user_type', 'user_type', 'user_type', false),
        ('announced_on', 'announced_on', 'date', false),
        ('effective_from', 'effective_from', 'date', false),
        ('effective_to', 'effective_to', 'date', false),
        ('effective_to_basis', 'effective_to_basis', 'end_basis', false),
        ('known_on', 'known_on', 'date', false),
        ('effective_known_on', 'effective_known_on', 'date', false),
        ('source_url', 'source_url', 'link', false),
    ]},
    'measure_relations': {'rows': 'relations', 'key': ['relation_id'], 'columns': [
        ('relation_id', 'relation_id', 'identifier', true),
        ('act_id', 'act_id', 'act', true),
        ('target_id', 'target_id', 'act', true),
        ('relation', 'relation', 'relation', true),
        ('user_type', 'user_type', 'user_type', false),
        ('destination', 'target_partner', 'destination', false),
        ('starts_on', 'starts_on', 'date', false),
        ('new_end_on', 'new_end_on', 'date', false),
        ('dispute', 'dispute', 'identifier', false),
        ('side', 'side', 'identifier', false),
        ('known_on', 'known_on', 'date', false),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'measure_status': {'rows': 'claims', 'key': ['status_id'], 'columns': [
        ('status_id', 'status_id', 'identifier', true),
        ('measure_id', 'measure_id', 'measure', true),
        ('status', 'status_raw', 'status', true),
        ('valid_from', 'valid_from', 'date', true),
        ('valid_to', 'valid_to', 'date', false),
        ('disputed', 'cast(is_disputed as varchar)', 'yes_or_no', true),
        ('claim_group', 'claim_group', 'identifier', false),
        ('known_on', 'known_on', 'date', false),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', false),
        ('confidence', 'confidence', 'text', true),
    ]},
    'measure_scope': {'rows': 'items', 'key': ['scope_id'], 'columns': [
        ('scope_id', 'scope_id', 'identifier', true),
        ('measure_id', 'measure_id', 'measure', true),
        ('hs6', 'hs6_code', 'code_of_6', false),
        ('hs8_cn', 'national_tariff8_code', 'code_of_8', false),
        ('cn_code10', 'national_tariff10_code', 'code_of_10', false),
        ('coverage', 'coverage', 'coverage', true),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'cn8_crosswalk': {'rows': 'crosswalk', 'key': ['measure_id', 'cn8_code'], 'columns': [
        ('measure_id', 'measure_id', 'measure', true),
        ('cn8_2025', 'cn8_code', 'code_of_8', true),
        ('prodcom_2025', 'prodcom_code', 'prodcom_code', false),
        ('coverage', 'coverage', 'coverage_of_code', true),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'composition_rules': {'rows': 'rules', 'key': ['rule_id'], 'columns': [
        ('rule_id', 'rule_id', 'identifier', true),
        ('measure_id', 'measure_id', 'measure', true),
        ('hs6_code', 'hs6_code', 'code_of_6', true),
        ('requires', 'requires', 'element', true),
        ('tells', 'tells', 'element', true),
        ('family_id', 'family_id', 'family', false),
        ('is_sufficient', 'cast(is_sufficient as varchar)', 'yes_or_no', true),
        ('scope_id', 'scope_id', 'item', false),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
        ('confidence', 'confidence', 'text', true),
    ]},
    'composition_names': {'rows': 'names', 'key': ['name_id'], 'columns': [
        ('name_id', 'name_id', 'identifier', true),
        ('name_kind', 'name_kind', 'name_kind', true),
        ('name_pattern', 'name_pattern', 'text', true),
        ('elements', 'elements', 'element', true),
        ('formula_elements', 'formula_elements', 'element', false),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', true),
    ]},
    'end_uses': {'rows': 'end_uses', 'key': ['end_use'], 'columns': [
        ('end_use', 'end_use', 'label', true),
        ('user_type', 'user_type', 'end_user', true),
    ]},
    'measure_types': {'rows': 'types', 'key': ['measure_type'], 'columns': [
        ('measure_type', 'measure_type', 'label', true),
        ('standing', 'standing', 'standing', true),
        ('user_type', 'user_type', 'user_type', true),
        ('severity_weight', 'severity_weight_raw', 'share', false),
    ]},
    'measure_states': {'rows': 'states', 'key': ['state'], 'columns': [
        ('state', 'state', 'identifier', true),
        ('state_rank', 'state_rank_raw', 'rank', true),
        ('is_standing', 'cast(is_standing as varchar)', 'yes_or_no', true),
        ('is_over', 'cast(is_over as varchar)', 'yes_or_no', true),
    ]},
    'measure_state_map': {'rows': 'state_map', 'key': ['status_raw'], 'columns': [
        ('status_raw', 'status_raw', 'label', true),
        ('state', 'state', 'state', true),
        ('is_claim', 'cast(is_claim as varchar)', 'yes_or_no', true),
        ('rival_side', 'rival_side', 'rival_side', false),
    ]},
    'law_checks': {'rows': 'checks', 'key': ['check_id'], 'columns': [
        ('check_id', 'check_id', 'identifier', true),
        ('jurisdiction', 'jurisdiction_iso2', 'jurisdiction', true),
        ('checked_to', 'checked_to', 'date', true),
        ('checked_what', 'checked_what', 'text', true),
        ('finding', 'finding', 'text', true),
        ('newest_act_on', 'newest_act_on', 'date', false),
        ('max_age_days', 'max_age_days_raw', 'number_of_days', false),
        ('recorded_on', 'recorded_on', 'date', true),
        ('source_title', 'source_title', 'text', true),
        ('source_url', 'source_url', 'link', false),
        ('confidence', 'confidence', 'text', true),
    ]},
    'law_entries': {'rows': 'entries', 'key': ['entered_table', 'entered_row_id'], 'columns': [
        ('table_name', 'entered_table', 'entered_table', true),
        ('row_id', 'entered_row_id', 'text', true),
        ('act_id', 'act_id', 'act', true),
        ('entered_by', 'entered_by', 'identifier', true),
        ('entered_on', 'entered_on', 'date', true),
        ('confirmed_by', 'confirmed_by', 'identifier', false),
        ('confirmed_on', 'confirmed_on', 'date', false),
    ]},
} %}

with

measures as (
    select * from {{ ref('stg_law__measures') }}
),

other_acts as (
    select * from {{ ref('stg_law__acts') }}
),

clauses as (
    select * from {{ ref('stg_law__measure_clauses') }}
),

relations as (
    select * from {{ ref('stg_law__measure_relations') }}
),

claims as (
    select * from {{ ref('stg_law__measure_states_claimed') }}
),

items as (
    select * from {{ ref('stg_law__measure_scope') }}
),

crosswalk as (
    select * from {{ ref('stg_law__cn8_crosswalk') }}
),

rules as (
    select * from {{ ref('stg_law__composition_rules') }}
),

names as (
    select * from {{ ref('stg_law__composition_names') }}
),

end_uses as (
    select * from {{ ref('stg_law__end_uses') }}
),

types as (
    select * from {{ ref('stg_law__measure_types') }}
),

states as (
    select * from {{ ref('stg_law__measure_state_names') }}
),

state_map as (
    select * from {{ ref('stg_law__measure_state_map') }}
),

checks as (
    select * from {{ ref('stg_law__checks') }}
),

entries as (
    select * from {{ ref('stg_law__entries') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

elements as (
    select * from {{ ref('stg_reference__elements') }}
),

cells as (
    {% for table_name, table in tables.items() %}
    select
        '{{ table_name }}' as table_name,
        {{ law_row_id(*table['key']) }} as row_id,
        unnest([
            {% for column_name, expression, kind, is_required in table['columns'] %}
            {
                'column_name': '{{ column_name }}',
                'value': {{ expression }},
                'kind': '{{ kind }}',
                'is_required': {{ is_required }}
            }{{ ',' if not loop.last }}
            {% endfor %}
        ], recursive := true),
    from {{ table['rows'] }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

kinds (kind, pattern, reason, remedy) as (
    values
    (
        'identifier', '[A-Za-z0-9][A-Za-z0-9._-]*',
        'an identifier is made of letters, digits, dots, hyphens and underscores',
        'take out blanks and other signs, here and where it is referred to'
    ),
    ('text', '(?s).*\S.*', 'this is blank', 'write it out'),
    (
        'link', 'https?://\S+', 'a source is named by its address on the web',
        'write the address from http:// or https:// on, without blanks'
    ),
    ('label', '[^|]*[^|\s]', 'a word may not end in a blank or hold a bar', 'take them out'),
    (
        'date', '(19|20)[0-9]{2}(-[0-9]{2}(-[0-9]{2})?)?', 'this is no date',
        'write a day (2025-11-08), a month (2025-11) or a year (2025) of the calendar'
    ),
    (
        'code_of_6', '[0-9]{6}', 'a code of the Harmonized System has six digits',
        'write all six as text; spreadsheets drop leading zeros'
    ),
    (
        'code_of_8', '[0-9]{8}', 'a code of this nomenclature has eight digits',
        'write all eight as text; spreadsheets drop leading zeros'
    ),
    (
        'code_of_10', '[0-9]{10}', 'a national tariff code has ten digits',
        'write all ten as text; spreadsheets drop leading zeros'
    ),
    (
        'prodcom_code', '[0-9]{2}(\.[0-9]{2}){3}', 'a Prodcom code reads 20.13.23.10',
        'write four pairs of digits with dots between'
    ),
    (
        'share', '0(\.[0-9]+)?|1(\.0+)?', 'a weight is a number from 0 to 1',
        'write it with a point, for example 0.6; leave it empty where nothing is restricted'
    ),
    ('rank', '[1-9][0-9]*', 'a rank is a whole number from 1 on', 'write 1 for the strictest'),
    (
        'number_of_days', '[1-9][0-9]{0,3}', 'this is no number of days from 1 to 9999',
        'write a whole number, or leave it empty'
    )
),

vocabularies (kind, word) as (
    values
    ('relation', 'suspends'), ('relation', 'exempts'), ('relation', 'extends'),
    ('relation', 'supersedes'), ('relation', 'repeals'), ('relation', 'reinstates'),
    ('user_type', 'all'), ('user_type', 'civil'), ('user_type', 'military'),
    ('user_type', 'listed_entities'),
    ('end_user', 'civil'), ('end_user', 'military'),
    ('name_kind', 'family'), ('name_kind', 'grade'), ('name_kind', 'element'),
    ('name_kind', 'substance'),
    ('standing', 'law'), ('standing', 'proposal'), ('standing', 'report'), ('standing', 'relief'),
    ('coverage', 'whole'), ('coverage', 'ex'), ('coverage', 'no code listed'),
    ('coverage_of_code', 'whole'), ('coverage_of_code', 'ex'),
    ('end_basis', 'text'), ('end_basis', 'inference'),
    ('rival_side', 'A'), ('rival_side', 'B'),
    ('entered_table', 'measures'), ('entered_table', 'law_acts'),
    ('entered_table', 'measure_clauses'), ('entered_table', 'measure_relations'),
    ('entered_table', 'measure_scope'),
    ('destination', 'ALL'), ('destination', 'ALL non-EU'), ('destination', 'EU'),
    ('jurisdiction', 'EU')
    union all
    select
        unnest(['destination', 'jurisdiction']) as kind,
        iso2 as word,
    from countries
    union all
    select
        'measure_type' as kind,
        measure_type as word,
    from types
    union all
    select
        unnest(['act', 'measure']) as kind,
        measure_id as word,
    from measures
    union all
    select
        'act' as kind,
        act_id as word,
    from other_acts
    union all
    select
        'item' as kind,
        scope_id as word,
    from items
    union all
    select
        'state' as kind,
        state as word,
    from states
    union all
    select
        'status' as kind,
        status_raw as word,
    from state_map
    union all
    select
        'family' as kind,
        family_id as word,
    from names
    where family_id is not null
    union all
    select
        'element' as kind,
        symbol as word,
    from elements
),

homes (kind, reason, remedy) as (
    values
    ('act', 'no measure or act has this identifier', 'add it to measures or law_acts first'),
    ('measure', 'no measure has this identifier', 'add it to measures first'),
    ('item', 'no item has this identifier', 'add it to measure_scope first'),
    ('measure_type', 'no type of measure has this name', 'add it to measure_types first'),
    ('status', 'no state is known for this word', 'add it to measure_state_map first'),
    ('state', 'no state has this name', 'add it to measure_states first'),
    ('destination', 'no such destination', 'write ALL, ALL non-EU, EU or an alpha-2 code'),
    ('jurisdiction', 'no such jurisdiction', 'write EU or an alpha-2 code'),
    ('family', 'no family has this name', 'add its names to composition_names first'),
    ('element', 'no element has this symbol', 'write symbols with semicolons between')
),

choices as (
    select
        kind,
        string_agg(distinct word, ', ' order by word) as words,
    from vocabularies
    where kind not in (select homes.kind from homes)
    group by kind
),

missing as (
    select
        table_name,
        row_id,
        column_name,
        value,
        'missing_value' as rule,
        if(kind = 'yes_or_no', 'this is neither Y nor N', 'this must be filled') as reason,
        case
            when kind = 'yes_or_no' then 'write Y or N'
            when row_id = '(none)' then 'give the row an identifier of its own'
            else 'fill it, or take the row out'
        end as remedy,
    from cells
    where is_required and value is null
),

malformed as (
    select
        cells.table_name,
        cells.row_id,
        cells.column_name,
        cells.value,
        'malformed_' || cells.kind as rule,
        kinds.reason,
        kinds.remedy,
    from cells
    inner join kinds
        on cells.kind = kinds.kind
    where
        not regexp_full_match(cells.value, kinds.pattern)
        or (
            cells.kind = 'date'
            and cells.value is not null
            and {{ first_day('cells.value') }} is null
        )
),

words as (
    select
        table_name,
        row_id,
        column_name,
        value,
        kind,
        unnest(if(kind = 'element', string_split(value, ';'), [value])) as word,
    from cells
    where value is not null and kind in (select vocabularies.kind from vocabularies)
),

unknown_words as (
    select words.*
    from words
    left join vocabularies
        on words.kind = vocabularies.kind and words.word = vocabularies.word
    where vocabularies.word is null
),

likened as (
    select
        unknown_words.*,
        vocabularies.word as known_word,
        jaro_winkler_similarity(vocabularies.word, unknown_words.word) as likeness,
    from unknown_words
    inner join vocabularies
        on unknown_words.kind = vocabularies.kind
),

nearest as (
    select
        kind,
        value,
        arg_max(known_word, (likeness, known_word)) as known_word,
    from likened
    where likeness > 0.8
    group by kind, value
),

unknown as (
    select
        unknown_words.table_name,
        unknown_words.row_id,
        unknown_words.column_name,
        unknown_words.value,
        'unknown_' || unknown_words.kind as rule,
        coalesce(homes.reason, 'this word has no meaning here') as reason,
        concat(
            coalesce(homes.remedy, 'write one of: ' || choices.words),
            '; the nearest known is ' || nearest.known_word
        ) as remedy,
    from unknown_words
    left join homes
        on unknown_words.kind = homes.kind
    left join choices
        on unknown_words.kind = choices.kind
    left join nearest
        on unknown_words.kind = nearest.kind and unknown_words.value = nearest.value
),

named_rows as (
    {% for table_name, table in tables.items() %}
    select
        '{{ table_name }}' as table_name,
        {{ law_row_id(*table['key']) }} as row_id,
        '{{ table['columns'][table['key'] | length - 1][0] }}' as column_name,
        {{ table['key'][-1] }} as value,
    from {{ table['rows'] }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

repeated as (
    select
        table_name,
        row_id,
        column_name,
        value,
        'repeated_identifier' as rule,
        count(*) || ' rows have this identifier' as reason,
        'keep one of them, or give each its own' as remedy,
    from named_rows
    where row_id <> '(none)'
    group by all
    having count(*) > 1
    union all
    select
        'law_acts' as table_name,
        {{ law_row_id('other_acts.act_id') }} as row_id,
        'act_id' as column_name,
        other_acts.act_id as value,
        'repeated_identifier' as rule,
        'a measure has this identifier too' as reason,
        'an act is listed once: in measures or in law_acts' as remedy,
    from other_acts
    inner join measures
        on other_acts.act_id = measures.measure_id
),

-- A second reader is another than the first, and reads what is there.
entered as (
    select
        'law_entries' as table_name,
        {{ law_row_id('entries.entered_table', 'entries.entered_row_id') }} as row_id,
        entries.*,
        named_rows.row_id is not null as is_there,
    from entries
    left join named_rows
        on
            entries.entered_table = named_rows.table_name
            and entries.entered_row_id = named_rows.row_id
),

entry_faults as (
    select
        table_name,
        row_id,
        'row_id' as column_name,
        entered_row_id as value,
        'entry_without_row' as rule,
        'no row of ' || entered_table || ' has this identifier: an entry was broken off, or the row'
        || ' was renamed' as reason,
        'take this row out, or enter that one' as remedy,
    from entered
    where not is_there
    union all
    select
        table_name,
        row_id,
        'confirmed_by' as column_name,
        confirmed_by as value,
        'second_reader_is_the_first' as rule,
        'the row was entered by the same person' as reason,
        'let someone else read the source, or leave it empty' as remedy,
    from entered
    where
        regexp_replace(lower(confirmed_by), '[^a-z]', '', 'g')
        = regexp_replace(lower(entered_by), '[^a-z]', '', 'g')
    union all
    select
        table_name,
        row_id,
        'confirmed_on' as column_name,
        confirmed_on as value,
        'reader_and_day_apart' as rule,
        'a second reading has a reader and a day' as reason,
        'fill confirmed_by and confirmed_on, or neither' as remedy,
    from entered
    where (confirmed_by is null) <> (confirmed_on is null)
    union all
    select
        table_name,
        row_id,
        'confirmed_on' as column_name,
        confirmed_on as value,
        'confirmed_before_entered' as rule,
        'the row was entered later, on ' || entered_on as reason,
        'correct one of the two days' as remedy,
    from entered
    where {{ last_day_of('confirmed_on') }} < {{ first_day('entered_on') }}
),

-- A day to come would keep law that no one has read from being overdue.
check_faults as (
    select
        'law_checks' as table_name,
        {{ law_row_id('check_id') }} as row_id,
        'checked_to' as column_name,
        checked_to as value,
        'read_before_it_was' as rule,
        'the reading was recorded earlier, on ' || recorded_on as reason,
        'correct one of the two days' as remedy,
    from checks
    where {{ first_day('checked_to') }} > {{ last_day_of('recorded_on') }}
),

{{ law_faults(['missing', 'malformed', 'unknown', 'repeated', 'entry_faults', 'check_faults']) }}
