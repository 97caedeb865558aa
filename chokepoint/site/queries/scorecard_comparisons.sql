-- One row per flow that is set beside a promise without a say, as far as it could be known on the
-- day.
select * exclude (data_origin)
from marts.fct_commitment_indicators
where role = 'comparison' and known_from <= getvariable('as_of')
qualify row_number() over (partition by indicator_id order by period desc) = 1
order by commitment_id, indicator_id;
