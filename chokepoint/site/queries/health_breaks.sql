-- One row per source, year and kind of break: codes whose figures before and after do not compare.
select
    breaks.source_id,
    breaks.break_kind,
    breaks.break_period,
    breaks.is_blocking,
    any_value(breaks.reason) as reason,
    count(*) as codes,
    string_agg(distinct breaks.product_code, ', ' order by breaks.product_code) as product_codes,
from marts.dim_nomenclature_break as breaks
group by breaks.source_id, breaks.break_kind, breaks.break_period, breaks.is_blocking
order by breaks.break_period, breaks.source_id, breaks.break_kind;
