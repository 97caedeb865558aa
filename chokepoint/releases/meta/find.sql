-- Relations and table macros of this file for words of a reader, the best first.
-- A term is a word without its ending. Each term that a text has counts by how rare it is among
-- relations, by where it stands (name before question before columns), and by how short that text
-- is. A term that no text has is read as the nearest one that some text has.
create or replace macro meta.find(asked) as table
with

things as (
    select
        schema_name || '.' || relation_name as label,
        relation_type as kind,
        relation_name as name,
        topic,
        grain,
        question,
        example_query,
        description,
    from meta.relations
    union all
    select
        schema_name || '.' || macro_name as label,
        'macro' as kind,
        macro_name as name,
        topic,
        grain,
        question,
        example_query,
        description,
    from meta.macros
),

-- What other people call it.
also (said, means) as (
    values {also}
),

-- Words of a question that are about no thing.
idle (word) as (
    values {idle}
),

wanted as (
    select ' ' || trim(
        regexp_replace(strip_accents(lower(cast(asked as varchar))), '[^a-z0-9]+', ' ', 'g')
    ) || ' '
        as wording
),

texts as (
    select
        'asked' as label,
        'asked' as field,
        wording as body,
    from wanted
    union all
    select
        'asked' as label,
        'also' as field,
        string_agg(also.means, ' ') as body,
    from wanted
    inner join also
        on
            contains(wanted.wording, ' ' || also.said || ' ')
            or contains(wanted.wording, ' ' || also.said || 's ')
    union all
    select
        label,
        unnest(['name', 'topic', 'question', 'grain', 'description']) as field,
        unnest([
            regexp_replace(name, '^(fct|dim|rpt|bridge)_', ''), topic, question,
            regexp_extract(description, '^[^.:;]*'), description
        ]) as body,
    from things
    union all
    select
        schema_name || '.' || relation_name as label,
        'columns' as field,
        string_agg(column_name, ' ') as body,
    from meta.dictionary
    group by label
    union all
    select
        schema_name || '.' || relation_name as label,
        'meanings' as field,
        string_agg(description, ' ') as body,
    from meta.dictionary
    group by label
),

split as (
    select
        label,
        field,
        unnest(
            string_split(trim(regexp_replace(lower(body), '[^a-z0-9]+', ' ', 'g')), ' ')
        ) as word,
    from texts
),

stemmed as (
    select
        label,
        field,
        word,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(word, '([a-z]{{2}})ies$', '\1y'),
                    '([a-z]{{3}})(ing|ed|es|s)$', '\1'
                ),
                '([a-z]{{4}})(ence|enc|ency|ent|ance|anc|ancy|ant)$', '\1'
            ),
            '([a-z]{{3}})e$', '\1'
        ) as term,
    from split
    where word <> ''
),

terms as (
    select
        label,
        field,
        term,
        min(word) as word,
        count(*) over (partition by label, field) as field_length,
    from stemmed
    where label <> 'asked'
    group by label, field, term
),

-- How rare a term is. What is said of columns names too much to count.
rarity as (
    select
        term,
        min(word) as word,
        ln(1 + (select count(*) from things) / count(distinct label)) as weight,
    from terms
    where field <> 'meanings'
    group by term
),

asked_terms as (
    select
        stemmed.term,
        min(stemmed.word) as word,
        max(case stemmed.field when 'asked' then 1.0 else 0.6 end) as share,
    from stemmed
    where
        stemmed.label = 'asked'
        and stemmed.word not in (select idle.word from idle)
    group by stemmed.term
),

-- A word that nothing here has, as the nearest that something has: one letter apart, two if long.
nearest as (
    select
        asked_terms.term,
        arg_min(
            rarity.term,
            damerau_levenshtein(asked_terms.term, rarity.term) - 0.01 * rarity.weight
        ) as read_as,
        arg_min(
            rarity.word,
            damerau_levenshtein(asked_terms.term, rarity.term) - 0.01 * rarity.weight
        ) as read_as_word,
    from asked_terms
    inner join rarity
        on
            least(length(asked_terms.term), length(rarity.term)) > 3
            and damerau_levenshtein(asked_terms.term, rarity.term)
            <= case when length(asked_terms.term) > 6 then 2 else 1 end
    where asked_terms.term not in (select known.term from terms as known)
    group by asked_terms.term
),

sought as (
    select
        coalesce(nearest.read_as, asked_terms.term) as term,
        min(asked_terms.word) as word,
        min(nearest.read_as_word) as read_as,
        max(asked_terms.share) as share,
    from asked_terms
    left join nearest
        on asked_terms.term = nearest.term
    group by coalesce(nearest.read_as, asked_terms.term)
),

lengths as (
    select
        field,
        avg(field_length) as mean_length,
    from terms
    group by field
),

hits as (
    select
        terms.label,
        sought.term,
        min(sought.word) as word,
        min(sought.read_as) as read_as,
        max(coalesce(rarity.weight, 1) * sought.share) as weight,
        sum(
            case terms.field
                when 'name' then 6.0
                when 'question' then 3.0
                when 'grain' then 3.0
                when 'topic' then 1.5
                when 'description' then 1.0
                when 'columns' then 1.0
                else 0.4
            end
            / (0.4 + 0.6 * terms.field_length / lengths.mean_length)
        ) as strength,
    from sought
    inner join terms
        on sought.term = terms.term
    inner join lengths
        on terms.field = lengths.field
    left join rarity
        on sought.term = rarity.term
    group by terms.label, sought.term
),

scored as (
    select
        label,
        -- One text full of a word does not outweigh another that has all words.
        sum(weight * strength / (strength + 12)) as score,
        string_agg(
            case when read_as is null then word else word || ' (read as ' || read_as || ')' end,
            ', '
            order by weight desc, word
        ) as found_by,
    from hits
    group by label
)

select
    cast(row_number() over (order by scored.score desc, things.label) as integer) as find_rank,
    things.label as relation,
    things.kind,
    things.topic,
    things.grain,
    things.question,
    things.example_query,
    scored.found_by,
    round(scored.score, 3) as score,
from scored
inner join things
    on scored.label = things.label
order by find_rank
