-- One row per chemical element: its symbol and name, for those who search by symbol.
select
    symbol,
    element_name,
from marts.dim_element
order by symbol;
