-- One row per measure and flow that is watched since it: the latest month known on the day, and how
-- many months since the act lie within, below or above what the months before let expect.
select
    months.*,
    acts.instrument_no,
    count(*) filter (where months.reading = 'continuing' and months.months_since > 0)
        over flow_since as months_within,
    count(*) filter (where months.reading = 'below' and months.months_since > 0)
        over flow_since as months_below,
    count(*) filter (where months.reading = 'above' and months.months_since > 0)
        over flow_since as months_above,
    count(*) filter (where months.months_since > 0) over flow_since as months_seen,
from marts.fct_flow_continuity as months
left join marts.dim_act as acts
    on months.measure_id = acts.act_id
where months.known_from <= getvariable('as_of')
window
    flow_since as (
        partition by
            months.measure_id, months.reporter_code, months.partner_code, months.flow,
            months.source_id, months.product_code
    )
qualify row_number() over (flow_since order by months.period desc) = 1
order by months.measure_id, months.reporter_code, months.partner_code, months.product_code;
