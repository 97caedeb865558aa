-- One row per layer, engine and severity of checks: how many passed, failed, warned or did not run.
select
    layer,
    engine,
    severity,
    count(*) filter (where status = 'pass') as passed,
    count(*) filter (where status = 'warn') as warned,
    count(*) filter (where status = 'fail') as failed,
    count(*) filter (where status = 'error' or observed like 'not run on %') as not_run,
    count(*) filter (where status = 'skipped' and coalesce(observed, '') not like 'not run on %')
        as skipped,
    count(*) as checks,
from meta.check_results
group by layer, engine, severity
order by list_position(['landing', 'dbt'], layer) nulls last, engine, severity;
