with

acts as (select * from {{ ref('int_law__acts') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
measures as (select * from {{ ref('stg_law__measures') }}),

-- An act without a date of its own is known from its first clause on.
dated_clauses as (
    select
        *,
        min(known_from) over (partition by act_id) as act_known_from,
    from clauses
),

-- A date of effect that was only set later is not part of the news.
known as (
    select
        act_id,
        any_value(act_known_from) as known_from,
        bool_and(is_known_on_assumed) as is_known_on_assumed,
        min(effective_late) filter (
            where known_from = act_known_from and effective_known_from = act_known_from
        ) as effective_on,
    from dated_clauses
    group by act_id
),

-- Our titles and numbers were written later and may say after a semicolon or a comma what came
-- after the act ("cancelled by ..."): a headline has only the part before.
named as (
    select
        acts.*,
        measures.materials,
        trim(regexp_extract(acts.title, '^([^;(]|\([^)]*\))*')) as title_as_published,
        nullif(
            regexp_extract(
                acts.instrument_no,
                '^((Presidential Order|Decree|Order No\.|Proclamation) [0-9/]+'
                || '|No\. [0-9/]+( clause [0-9]+)?|Decision [0-9]+[A-Z0-9/]*)'
            ),
            ''
        ) as number_as_published,
    from acts
    left join measures
        on acts.act_id = measures.measure_id
),

final as (
    select
        named.act_id,
        case when named.is_measure then named.act_id end as measure_id,
        named.title_as_published as title,
        named.number_as_published as instrument_no,
        concat_ws(' ', named.jurisdiction_iso2, named.number_as_published)
        || ' (' || named.title_as_published || ')' as label,
        named.issuing_authority,
        named.standing,
        named.materials,
        named.source_title,
        named.source_url,
        named.announced_on as announced_on_text,
        named.severity_weight,
        named.source_certainty,
        known.is_known_on_assumed,
        known.effective_on,
        known.known_from,
    from named
    inner join known
        on named.act_id = known.act_id
)

select * from final
