-- One row per check, the most urgent first.
select
    checks.check_name,
    checks.relation,
    checks.layer,
    checks.engine,
    checks.severity,
    checks.status,
    checks.observed,
    checks.expected,
    checks.reason,
    checks.failing_sample,
from meta.check_results as checks
order by
    list_position(['fail', 'error', 'warn', 'skipped', 'pass'], checks.status),
    case checks.severity when 'error' then 1 else 2 end,
    checks.relation,
    checks.check_name;
