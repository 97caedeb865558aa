-- A8: Who says what about licences, of how many, and what can still become of the pending?
-- One row per claim: one body, date and population. Claims are listed, never averaged.
-- share_low and share_high bound the share approved in the end: nothing or everything
-- that is pending is approved.
-- `outcome` says what the share is about (processed is not approved), `qualifier` whether it
-- is stated as less than, more than or about.
-- Certainty: `counted` where approved and its whole are counted, `count alone` where a count
-- has no whole, `share only` where only a share is stated, `not about applications` for the rest.
-- param: body text 'Part of the name of the body; default: all'
-- param: only_applications boolean 'Leave out figures not about applications; default: false'
-- short: claim_id, body, certainty, outcome, share_low_pct, share_high_pct, claim_date
-- short: numerator, denominator, population
-- first: claim_date desc 'day of the claim'
select
    claims.claim_id,
    claims.body,
    claims.claim_date,
    claims.population,
    claims.indicators,
    claims.outcome,
    claims.qualifier,
    claims.applications_filed as filed,
    claims.applications_approved as approved,
    claims.applications_pending as pending,
    claims.applications_rejected as rejected,
    claims.numerator,
    claims.denominator,
    claims.denominator_text,
    claims.stated_value,
    claims.stated_unit,
    round(100 * claims.share_of_filed, 1) as share_of_filed_pct,
    round(100 * claims.share_of_decided, 1) as share_of_decided_pct,
    round(100 * claims.share_low, 1) as share_low_pct,
    round(100 * claims.share_high, 1) as share_high_pct,
    case
        when not claims.is_about_applications then 'not about applications'
        when
            claims.applications_approved is not null
            and (claims.denominator is not null or claims.applications_rejected is not null)
            then 'counted'
        when claims.share_of_filed is not null then 'share only'
        else 'count alone'
    end as certainty,
    claims.source_url,
from marts.fct_licence_claims as claims
where
    contains(lower(claims.body), lower(coalesce(cast(getvariable('body') as varchar), '')))
    and (
        claims.is_about_applications
        or not coalesce(cast(getvariable('only_applications') as boolean), false)
    )
order by claims.claim_id;
