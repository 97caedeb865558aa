with

licence_claims as (select * from {{ ref('int_licensing__claims') }}),

-- Figures of one statement that are not about applications make one line.
statements as (
    select
        *,
        case
            when is_about_applications then claim_id
            else min(claim_id) over (
                partition by
                    is_about_applications, licensing_authority, body, claim_date, source_url
            )
        end as line_id,
    from licence_claims
),

-- The first claim of a statement gives it its figure.
summed as (
    select
        line_id,
        any_value(body) || ' (' || min(claim_date) || ', ' || arg_min(population, claim_id)
        || '): ' as opening,
        bool_or(is_about_applications) as is_about_applications,
        bool_or(share_of_decided is not null and denominator is not null) as has_shares,
        bool_or(is_about_applications and stated_value is null) as has_counts_only,
        max(stated_unit) = 'flag' and count(*) = 1 as is_flag,
        concat(
            any_value(numerator), ' of ', any_value(denominator), ' approved, ',
            coalesce(any_value(applications_pending) || ' pending, ', ''),
            any_value(applications_rejected), ' rejected: ',
            round(100 * any_value(share_of_filed), 1), '% of filed, ',
            round(100 * any_value(share_of_decided), 1), '% of decided, between ',
            round(100 * any_value(share_low), 1), '% and ',
            round(100 * any_value(share_high), 1), '% in the end.'
        ) as shares,
        concat_ws(
            ', ',
            any_value(applications_filed) || ' filed',
            any_value(applications_approved) || ' approved'
            || coalesce(' of ' || any_value(denominator), ''),
            any_value(applications_pending) || ' pending',
            any_value(applications_rejected) || ' rejected'
        ) || '.' as counts,
        concat_ws(
            ' ',
            arg_min(indicators, claim_id) || ':',
            regexp_replace(cast(arg_min(stated_value, claim_id) as varchar), '\.0$', ''),
            nullif(regexp_replace(arg_min(stated_unit, claim_id), '^count ?', ''), '')
        )
        || case count(*)
            when 1 then '.'
            when 2 then '; and one more figure.'
            else '; and ' || (count(*) - 1) || ' more figures.'
        end as first_figure,
        any_value(indicators) || '.' as indicator,
        max(material) as material,
        min(source_url) as evidence_url,
        min(source_title) as evidence_title,
        min(claim_date) as claim_date,
        max(claim_date_latest) as known_from,
    from statements
    group by line_id
),

final as (
    select
        'claim|' || line_id as fact_id,
        'claim' as line_kind,
        case when is_about_applications then 'medium' else 'low' end as severity,
        opening
        || case
            when has_shares then shares
            when has_counts_only then counts
            when is_flag then indicator
            else first_figure
        end as headline,
        line_id as subject_id,
        material,
        evidence_url,
        evidence_title,
        case when length(claim_date) = 10 then 'as_stated' else 'imprecise_date' end as certainty,
        'licensing_stats' as table_name,
        known_from as event_date,
        known_from,
    from summed
)

select * from final
