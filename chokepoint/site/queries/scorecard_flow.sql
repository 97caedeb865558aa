-- One row per month known by the day of the flow by which most promises are measured, be it the one
-- that speaks for them or a comparison: what moved, and the interval in which the months before the
-- act let it expect.
with

judged as (
    select
        reporter_code,
        partner_code,
        flow,
        source_id,
        product_code,
        count(distinct commitment_id) as promises,
    from marts.fct_commitment_indicators
    where observed_ratio is not null
    group by all
),

known as (
    select
        months.*,
        judged.promises,
        count(*) over (partition by months.measure_id) as months_of_measure,
    from marts.fct_flow_continuity as months
    inner join judged
        using (reporter_code, partner_code, flow, source_id, product_code)
    where
        months.known_from <= getvariable('as_of')
        and months.expected_mass_kg is not null
)

select
    known.*,
    round(known.net_mass_kg / 1000, 1) as tonnes,
    round(known.expected_mass_kg / 1000, 1) as expected_tonnes,
    round(known.mass_low_kg / 1000, 1) as low_tonnes,
    round(known.mass_high_kg / 1000, 1) as high_tonnes,
    if(
        known.not_measurable_reason is null,
        known.net_mass_kg between known.mass_low_kg and known.mass_high_kg,
        null
    ) as is_within,
    acts.instrument_no,
from known
left join marts.dim_act as acts
    on known.measure_id = acts.act_id
qualify
    rank() over (
        order by
            known.promises desc, known.months_of_measure desc, known.measure_id, known.source_id,
            known.product_code
    ) = 1
order by known.period;
