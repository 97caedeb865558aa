-- One row per own open case, and per own open application without one: the order in which to raise
-- them, and what to enter for those that cannot be ranked.
select
    *,
    coalesce(case_id, application_id, 'case without a name') as name,
from marts.fct_case_priorities
where data_origin = 'own'
order by case_rank nulls last, case_id, application_id;
