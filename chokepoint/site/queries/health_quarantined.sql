-- One row per source and reason for which rows of its deliveries were kept out.
select
    rows_kept_out.source_id,
    rows_kept_out.file_name,
    rows_kept_out.column_name,
    rows_kept_out.reason,
    any_value(rows_kept_out.remedy) as remedy,
    any_value(rows_kept_out.value) as example_value,
    min(rows_kept_out.line_number) as first_line_number,
    count(*) as quarantined_count,
from meta.quarantined_rows as rows_kept_out
group by
    rows_kept_out.source_id,
    rows_kept_out.file_name,
    rows_kept_out.column_name,
    rows_kept_out.reason
order by quarantined_count desc, rows_kept_out.source_id, rows_kept_out.reason;
