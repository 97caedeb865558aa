-- One row per pair of claims on one authority, made by the day, that seem to contradict each other,
-- and what they differ in.
select pairs.*
from reports.rpt_claims_against_each_other as pairs
where not exists (
    from marts.fct_licence_claims
    where
        claim_id in (pairs.first_claim_id, pairs.second_claim_id)
        and claim_date_latest > getvariable('as_of')
)
order by pairs.first_claim_id, pairs.second_claim_id;
