-- One row per product without figures of the EU as a whole: how many single countries report
-- imports of it, and their last complete year.
select
    product_code,
    count(distinct reporter_code) as reporter_count,
    max(period) as period,
from temp.annual_imports
group by product_code
having count(*) filter (where reporter_code = 'EU27' and supplier_scope = 'extra_eu') = 0
order by product_code;
