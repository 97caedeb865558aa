-- One row per measure and flow that is watched since it: the latest month known on the day, and how
-- many months since the act lie within, below or above what the months before let expect.
with

known as (
    select
        measure_id,
        reporter_code,
        partner_code,
        flow,
        source_id,
        data_origin,
        product_code,
        period,
        reading,
        net_mass_kg,
        expected_mass_kg,
        least_fall_noticed,
        months_since,
        count(*) filter (where reading = 'continuing' and months_since > 0) over flow_since
            as months_within,
        count(*) filter (where reading = 'below' and months_since > 0) over flow_since
            as months_below,
        count(*) filter (where reading = 'above' and months_since > 0) over flow_since
            as months_above,
        count(*) filter (where months_since > 0) over flow_since as months_seen,
    from marts.fct_flow_continuity
    where known_from <= cast(getvariable('as_of') as date)
    window
        flow_since as (
            partition by
                measure_id, reporter_code, partner_code, flow, source_id, product_code
        )
    qualify row_number() over (
        partition by measure_id, reporter_code, partner_code, flow, source_id, product_code
        order by period desc
    ) = 1
)

select
    known.*,
    acts.instrument_no,
    coalesce(reporters.country_name, known.reporter_code) as reporter_name,
    coalesce(partners.country_name, known.partner_code) as partner_name,
from known
left join marts.dim_act as acts
    on known.measure_id = acts.act_id
left join marts.dim_country as reporters
    on known.reporter_code = reporters.country_iso3
left join marts.dim_country as partners
    on known.partner_code = partners.country_iso3
order by known.measure_id, known.reporter_code, known.partner_code, known.product_code;
