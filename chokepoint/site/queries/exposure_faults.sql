-- One row per fault found in a supply graph, by kind.
select
    faults.data_origin,
    faults.graph_id,
    any_value(faults.subject_kind) as subject_kind,
    any_value(faults.message) as message,
    count(*) as faults,
from marts.fct_exposure_faults as faults
group by faults.data_origin, faults.graph_id, faults.fault_kind
order by faults.data_origin, faults.graph_id, faults desc;
