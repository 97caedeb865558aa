-- One row per published figure that was computed again from the bundled data, or could not be.
select
    *,
    case
        when is_within_rounding then 'within rounding'
        when our_value is null then 'not computable here'
        else 'differs, reason known'
    end as result,
from meta.figure_checks
order by result, check_id;
