-- One row per pair of claims on one authority, made by the day, that seem to contradict each other,
-- and what they differ in.
select pairs.*
from reports.rpt_claims_against_each_other as pairs
inner join marts.fct_licence_claims as first_claims
    on pairs.first_claim_id = first_claims.claim_id
inner join marts.fct_licence_claims as second_claims
    on pairs.second_claim_id = second_claims.claim_id
where
    greatest(first_claims.claim_date_latest, second_claims.claim_date_latest)
    <= cast(getvariable('as_of') as date)
order by pairs.first_claim_id, pairs.second_claim_id;
