-- One row per source, year and kind of break: codes whose figures before and after do not compare.
select
    source_id,
    break_kind,
    break_period,
    is_blocking,
    any_value(reason) as reason,
    count(*) as codes,
    string_agg(distinct product_code, ', ' order by product_code) as product_codes,
from marts.dim_nomenclature_break
group by all
order by break_period, source_id, break_kind;
