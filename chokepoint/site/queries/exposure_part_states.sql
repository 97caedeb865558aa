-- One row per supply graph and part that an export control may reach: the standing of the law on
-- the day for its suppliers. Where only an unknown supplier may be an exporter, the part may be
-- restricted.
select
    controls.data_origin,
    controls.graph_id,
    controls.part_id,
    case
        when bool_or(states.state = 'in_force' and controls.country_code is not null)
            then 'is restricted'
        when bool_or(states.state in ('in_force', 'lapsed_presumed', 'unknown'))
            then 'may be restricted'
        else 'relieved or not in effect'
    end as law,
    string_agg(
        distinct coalesce(states.instrument_no, states.title), '; '
        order by coalesce(states.instrument_no, states.title)
    ) as measures,
    if(
        bool_and(controls.unknown_supplier_reason is not null),
        min(controls.unknown_supplier_reason),
        null
    ) as unknown_supplier_reason,
from marts.bridge_exposure_measures as controls
inner join reports.measure_state(getvariable('as_of'), getvariable('as_of')) as states
    using (measure_id, clause_id)
where states.claim_group = 'base'
group by controls.data_origin, controls.graph_id, controls.part_id;
