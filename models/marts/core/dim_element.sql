with

elements as (select * from {{ ref('elements') }})

select
    symbol,
    element_name,
    is_rare_earth,
from elements
order by symbol
