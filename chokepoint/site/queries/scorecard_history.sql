-- One row per promise and state of knowledge up to the day: how the verdict came to be known.
select
    * exclude (data_origin),
    verdict in ('not_kept', 'partly', 'kept') and coalesce(code_match, '') = 'proxy' as is_by_proxy,
from marts.fct_commitment_scorecard
where greatest(known_from, made_on) <= getvariable('as_of')
order by commitment_id, known_from, period;
