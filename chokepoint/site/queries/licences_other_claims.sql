-- One row per public statement that is not about applications as such: firms asked, terms, values.
select
    claims.claim_id,
    claims.body,
    claims.licensing_authority,
    claims.evidence_grade,
    claims.evidence_note,
    claims.claim_date,
    claims.population,
    claims.indicators,
    claims.numerator,
    claims.denominator,
    claims.stated_value,
    claims.stated_unit,
    claims.source_title,
    claims.source_url,
from marts.fct_licence_claims as claims
where
    not claims.is_about_applications
    and claims.claim_date_latest <= coalesce(cast(getvariable('as_of') as date), current_date)
order by claims.claim_date_latest, claims.claim_id;
