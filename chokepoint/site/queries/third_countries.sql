-- One row per code whose third countries are looked at (question A10): a source has four years of
-- the trade of all countries.
select distinct product_code
from marts.fct_supplier_centrality
qualify count(distinct period) over (partition by source_id, nomenclature) > 3
order by product_code;
