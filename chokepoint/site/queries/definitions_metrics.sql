-- One row per metric: its formula in words, its unit and range, and where it is published.
select *
from meta.metric_definitions
order by metric_name, metric_id;
