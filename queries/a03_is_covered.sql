-- A3: Is this part covered?
-- One row per clause that lists the code for the destination: yes, no or cannot tell, why, the
-- exemption if there is one, and the kind of permit. A code does not say what a good holds: without
-- its composition many answers are `cannot tell`. `read_as` says what was read of it, and
-- `deciding_question` what to find out: `answer_if_yes` and `answer_if_no` are the answers then,
-- empty where it settles nothing. Not legal advice.
-- Certainty: `settled`, `by_composition`, `bounds_only`, `presumed`, `disputed`, `not_listed` or
-- `not_understood`.
-- param: code text 'HS6, CN8 or ten-digit code; default: 8505 11 10, magnets with Nd, Pr, Dy or Sm'
-- param: destination text 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: end_use text 'civil or military, in one of the words of marts.dim_end_use; default: both'
-- param: composition text 'What it holds, such as NdFeB without Dy and Tb; default: not known'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Day whose knowledge counts; default: as_of'
-- known: destination in marts.dim_country(country_name, country_iso2, country_iso3)
-- known: destination as EU, EU27, European Union
-- known: end_use in marts.dim_end_use(end_use)
select
    answer,
    certainty,
    measure_id,
    clause_id,
    instrument_no,
    user_type,
    claim_group,
    in_scope,
    state,
    state_until,
    licence_type,
    exemption,
    reason,
    read_as,
    deciding_question,
    answer_if_yes,
    answer_if_no,
    elements_read,
    matched_code,
    title,
    confidence,
    source_url,
from reports.is_covered(
    coalesce(cast(getvariable('code') as varchar), '85051110'),
    coalesce(cast(getvariable('destination') as varchar), 'EU27'),
    cast(getvariable('end_use') as varchar),
    cast(getvariable('composition') as varchar),
    coalesce(cast(getvariable('as_of') as date), current_date),
    cast(getvariable('known_on') as date)
);
