-- depends_on: {{ ref('int_law__input_faults') }}
with

terms as (select * from {{ ref('composition_names') }}),

-- Symbols, formulas and numbers are read letter by letter, words without case and accents.
spellings as (
    select
        term,
        unnest(
            string_split(
                concat_ws(
                    '|', case name_kind when 'element' then term end, formulas, cas_number,
                    'CAS ' || cas_number
                ),
                '|'
            )
        ) as name,
        true as is_exact,
    from terms
    union all
    select
        term,
        unnest(
            string_split(
                concat_ws(
                    '|', case when name_kind <> 'element' then term end, english, german, french,
                    trade_names
                ),
                '|'
            )
        ) as name,
        false as is_exact,
    from terms
),

keyed as (
    select
        term,
        case when is_exact then name else {{ composition_key('name') }} end as name_key,
        max(name) as name,
    from spellings
    where name <> ''
    group by all
),

final as (
    select
        keyed.name_key,
        keyed.name,
        terms.term,
        terms.name_kind,
        terms.elements,
        terms.family_id,
        terms.family_group,
        terms.member_of,
        terms.source_title,
        terms.source_url,
        terms.note,
    from keyed
    inner join terms
        on keyed.term = terms.term
)

select * from final
order by term, name_key
