-- depends_on: {{ ref('int_law__input_faults') }}
with

end_uses as (
    select * from {{ ref('stg_law__end_uses') }}
)

select
    end_use,
    user_type,
from end_uses
order by end_use
