-- A1: In which state is each measure on a day?
-- One row per measure, clause, destination, user type and timeline that holds on that day.
-- Certainty: `settled`, or `disputed` where rival claims stand; then every side has a row.
-- param: valid_on date 'Day the answer is for; default: today'
-- param: measure_id text 'One measure, for example CN-2025-18; default: all'
select
    timeline.measure_id,
    timeline.instrument_no,
    timeline.destination,
    timeline.claim_group,
    timeline.state,
    case when timeline.is_disputed then 'disputed' else 'settled' end as certainty,
    timeline.valid_from,
    timeline.valid_to,
    timeline.title,
    timeline.confidence,
    timeline.source_url,
from reports.rpt_measure_timeline as timeline
where
    timeline.valid_from <= coalesce(cast(getvariable('valid_on') as date), current_date)
    and (
        timeline.valid_to is null
        or timeline.valid_to > coalesce(cast(getvariable('valid_on') as date), current_date)
    )
    and timeline.measure_id
    = coalesce(cast(getvariable('measure_id') as varchar), timeline.measure_id)
order by timeline.measure_id, timeline.claim_group;
