-- One row per own open case, and per own open application without one: the order in which to raise
-- them, and what to enter for those that cannot be ranked.
select
    cases.data_origin,
    cases.case_id,
    cases.application_id,
    cases.authority,
    cases.material,
    cases.product_code,
    cases.supplier,
    cases.days_waited,
    cases.deadline_date,
    cases.days_past_deadline,
    cases.first_stock_out_date,
    cases.standstill_eur_per_day_low,
    cases.standstill_eur_per_day_high,
    cases.stratum,
    cases.decided_case_count,
    cases.remaining_days_p50,
    cases.remaining_days_p90,
    cases.expected_loss_eur_low,
    cases.expected_loss_eur_high,
    cases.is_ranked,
    cases.case_rank,
    cases.reason,
    cases.missing_inputs,
    cases.as_of_date,
from marts.fct_case_priorities as cases
where cases.data_origin = 'own'
order by cases.case_rank nulls last, cases.case_id, cases.application_id;
