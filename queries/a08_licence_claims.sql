-- A8: Who says what about licences, of how many, and on what evidence?
-- One row per claim: one body, date and population. Claims are listed, never averaged. share_low
-- and share_high bound the share approved in the end. The lower assumes that nothing pending is
-- approved, the upper that everything is. `outcome` says what the share is about: processed is not
-- approved. `qualifier` says whether it is stated as less than, more than or about.
-- `licensing_authority` grants or refuses the licences. Never add up or compare two authorities.
-- `evidence_grade`, best first: `primary` is the text of the body itself. `quoted_by_press` is a
-- report that a publication answers for. `aggregator` is a digest, reprint or summary by others.
-- `evidence_note` says why; source_url is the page that the claim rests on.
-- Certainty: `counted` where both the approved and all are counted. `count alone`: of how many is
-- not said. `share only`: only a share is stated. `not about applications`: the rest.
-- param: body text 'Part of the name of the body; default: all'
-- param: only_applications boolean 'Only figures on applications, no other claims; default: false'
-- short: claim, certainty, outcome, share_of_filed_pct, share_low_pct, share_high_pct
-- short: denominator, population, evidence_grade, numerator, licensing_authority, claim_id
-- first: is_about_applications desc, evidence_rank, claim_date desc 'applications, best evidence'
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
    claims.licensing_authority,
    claims.evidence_grade,
    claims.evidence_note,
    list_position(['primary', 'quoted_by_press', 'aggregator'], claims.evidence_grade)
        as evidence_rank,
    claims.is_about_applications,
    claims.claim_date || ': ' || claims.body as claim,
    case
        when claims.outcome = 'approved'
            then
                printf(
                    'Licences of %s: from %s to %s of all filed were approved, in %d claims '
                    || 'about different populations. In the end %.1f to %.1f %% can be: what was '
                    || 'pending then may be approved or not.',
                    claims.licensing_authority,
                    min_by(shares.said, claims.share_of_filed) over together,
                    max_by(shares.said, claims.share_of_filed) over together,
                    count(claims.share_of_filed) over together,
                    100 * min(claims.share_low) over together,
                    100 * max(claims.share_high) over together
                )
    end as total_in_words,
from marts.fct_licence_claims as claims
cross join lateral (
    select
        printf(
            '%.1f %% (%s, %s)', 100 * claims.share_of_filed, claims.claim_date, claims.body
        ) as said
) as shares
where
    contains(lower(claims.body), lower(coalesce(cast(getvariable('body') as varchar), '')))
    and (
        claims.is_about_applications
        or not coalesce(cast(getvariable('only_applications') as boolean), false)
    )
window together as (partition by claims.licensing_authority, claims.outcome)
order by claims.claim_id;
