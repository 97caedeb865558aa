-- depends_on: {{ ref('int_law__input_faults') }}
select
    end_use,
    user_type,
from {{ ref('end_uses') }}
order by end_use
