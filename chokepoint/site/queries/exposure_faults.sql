-- One row per fault found in a supply graph, by kind.
select
    data_origin,
    graph_id,
    any_value(subject_kind) as subject_kind,
    any_value(message) as message,
    count(*) as faults,
from marts.fct_exposure_faults
group by data_origin, graph_id, fault_kind
order by data_origin, graph_id, faults desc;
