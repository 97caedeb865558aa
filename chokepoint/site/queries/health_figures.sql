-- One row per published figure that was computed again from the bundled data, or could not be.
select
    figures.check_id,
    figures.fact_text,
    figures.period,
    figures.unit,
    figures.published_value,
    figures.our_value,
    case
        when figures.is_within_rounding then 'within rounding'
        when figures.our_value is null then 'not computable here'
        else 'differs, reason known'
    end as result,
    figures.reason_kind,
    figures.reason,
    figures.fact_source_title,
    figures.fact_source_url,
from meta.figure_checks as figures
order by result, figures.check_id;
