-- One row: how many export restrictions the release holds, whenever they became known, and since
-- when the first is known. What only takes a burden away is none.
select
    count(distinct states.measure_id) as measures,
    min(states.known_from) as first_known_from,
from marts.fct_measure_states as states
left join marts.dim_act as acts on states.measure_id = acts.act_id
where states.claim_group = 'base' and acts.standing is distinct from 'relief';
