-- One row per check, the most urgent first.
select *
from meta.check_results
order by
    list_position(['fail', 'error', 'warn', 'skipped', 'pass'], status),
    severity <> 'error',
    relation,
    check_name;
