-- One row per layer, engine and severity of checks: how many passed, failed, warned or did not run.
select
    checks.layer,
    checks.engine,
    checks.severity,
    count(*) filter (where checks.status = 'pass') as passed,
    count(*) filter (where checks.status = 'warn') as warned,
    count(*) filter (where checks.status = 'fail') as failed,
    count(*) filter (where checks.status = 'error' or checks.observed like 'not run on %')
        as not_run,
    count(*) filter (
        where checks.status = 'skipped' and coalesce(checks.observed, '') not like 'not run on %'
    ) as skipped,
    count(*) as checks,
from meta.check_results as checks
group by checks.layer, checks.engine, checks.severity
order by
    case checks.layer when 'landing' then 1 when 'dbt' then 2 else 3 end,
    checks.engine,
    checks.severity;
