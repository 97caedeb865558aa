-- One row per public claim on licences made by the day. About applications: what was counted, of
-- how many, and between which bounds the share approved in the end must lie. Others: firms, values.
select
    claims.claim_id,
    claims.body,
    claims.licensing_authority,
    claims.evidence_grade,
    claims.evidence_note,
    claims.claim_date,
    claims.population,
    claims.outcome,
    claims.qualifier,
    claims.numerator,
    claims.denominator,
    coalesce(claims.denominator_text, cast(claims.denominator as varchar)) as denominator_text,
    claims.applications_pending as pending,
    claims.share_of_filed,
    claims.share_of_decided,
    claims.share_low,
    claims.share_high,
    case
        when
            claims.applications_approved is not null
            and (claims.denominator is not null or claims.applications_rejected is not null)
            then 'counted'
        when claims.share_of_filed is not null then 'share only'
        else 'count alone'
    end as certainty,
    claims.indicators,
    claims.stated_value,
    claims.stated_unit,
    claims.is_about_applications,
    claims.source_title,
    claims.source_url,
from marts.fct_licence_claims as claims
where claims.claim_date_latest <= coalesce(cast(getvariable('as_of') as date), current_date)
order by claims.claim_date_latest, claims.claim_id;
