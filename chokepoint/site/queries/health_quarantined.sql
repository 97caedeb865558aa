-- One row per source and reason for which rows of its deliveries were kept out.
select
    source_id,
    file_name,
    column_name,
    reason,
    any_value(remedy) as remedy,
    any_value(value) as example_value,
    min(line_number) as first_line_number,
    count(*) as quarantined_count,
from meta.quarantined_rows
group by all
order by quarantined_count desc, source_id, reason;
