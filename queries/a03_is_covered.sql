-- A3: Is this part covered?
-- One row per clause that lists the code for the destination: yes, no or cannot tell. The row
-- gives the reason, the exemption if there is one, and the kind of permit. Not legal advice. A
-- code does not say what a good contains: without a composition many answers are `cannot tell`.
-- `read_as` is what the two lists state, with the entries that are no terms of
-- marts.dim_composition_name. `deciding_question` is what to find out next, `asks_for` the field
-- that it fills; `answer_if_yes` and `answer_if_no` are the answers then. A code names no edition.
-- It is taken as a code of one of the newest editions that have it.
-- A file of parts (`--file parts.csv`) is answered part by part.
-- Certainty: `settled`, `by_composition`, `bounds_only`, `presumed`, `disputed`, `not_listed` (by
-- a code that an edition has), `unknown_code` or `not_understood`. `reported_only` and `as_cited`
-- are those of a01.
-- list_read_to: somebody read the authority's list of acts up to that day, where not empty.
-- newest_source_on: day of the newest source recorded. Both are empty where no measure lists it.
-- param: code text 'HS6, CN8 or ten-digit code; default: 8505 11 10, magnets with Nd, Pr, Dy or Sm'
-- param: destination place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: end_use text 'civil or military, or a word of marts.dim_end_use; default: both'
-- param: contains text 'What it holds: terms with commas, as NdFeB, Dy 2%; default: not known'
-- param: without text 'What it does not hold, in the same terms: Tb; default: not known'
-- gone: composition 'state what it holds in --contains and what it does not hold in --without'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- known: end_use in marts.dim_end_use(end_use)
-- short: answer, certainty, instrument_no, deciding_question, answer_if_yes, answer_if_no
-- short: reason, state, read_as, clause_id, state_until, licence_type, title
-- first: 'answer'
select
    covered.*,
    reading.list_read_to,
    reading.newest_source_on,
    reading.newest_act,
from reports.is_covered(
    coalesce(cast(getvariable('code') as varchar), '85051110'),
    coalesce(cast(getvariable('destination') as varchar), 'EU27'),
    cast(getvariable('end_use') as varchar),
    cast(getvariable('contains') as varchar),
    cast(getvariable('without') as varchar),
    coalesce(cast(getvariable('as_of') as date), current_date),
    cast(getvariable('known_on') as date)
) as covered
left join marts.dim_act as acts
    on covered.measure_id = acts.act_id
left join meta.law_coverage as reading
    on acts.jurisdiction = reading.jurisdiction
order by covered.measure_id, covered.clause_id, covered.user_type, covered.claim_group;
