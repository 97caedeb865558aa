-- One row per promise and state of knowledge up to the day: how the verdict came to be known.
select
    scorecard.commitment_id,
    scorecard.summary,
    scorecard.indicator,
    scorecard.role,
    scorecard.period,
    scorecard.verdict,
    scorecard.verdict_reason,
    scorecard.observed_months,
    scorecard.observed_ratio,
    scorecard.threshold,
    scorecard.partly_threshold,
    scorecard.known_from,
from marts.fct_commitment_scorecard as scorecard
where scorecard.known_from <= coalesce(cast(getvariable('as_of') as date), current_date)
order by scorecard.commitment_id, scorecard.known_from, scorecard.period;
