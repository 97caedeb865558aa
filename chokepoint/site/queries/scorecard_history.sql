-- One row per promise and state of knowledge up to the day: how the verdict came to be known.
select * exclude (data_origin)
from marts.fct_commitment_scorecard
where known_from <= cast(getvariable('as_of') as date)
order by commitment_id, known_from, period;
