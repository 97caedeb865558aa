-- One row per metric: its formula in words, its unit and range, and where it is published.
select
    metrics.metric_id,
    metrics.metric_name,
    metrics.relation_name,
    metrics.column_name,
    metrics.formula,
    metrics.unit,
    metrics.value_range,
    metrics.edge_cases,
    metrics.source,
    metrics.source_section,
    metrics.limitations,
from meta.metric_definitions as metrics
order by metrics.metric_name, metrics.metric_id;
