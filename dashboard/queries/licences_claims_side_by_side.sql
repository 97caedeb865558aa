-- One row per pair of claims that read as if they contradicted each other, and what they differ in.
select
    pairs.first_body,
    pairs.first_claim_date,
    pairs.second_body,
    pairs.second_claim_date,
    pairs.reading,
    pairs.differs_in,
    pairs.first_share_low,
    pairs.first_share_high,
    pairs.second_share_low,
    pairs.second_share_high,
    pairs.do_bounds_overlap,
from reports.rpt_claims_against_each_other as pairs
order by pairs.first_claim_id, pairs.second_claim_id;
