-- One row per item that an act lists and code that is given for it.
select
    measure_id,
    item_description as item,
    material,
    control_code,
    coalesce(national_tariff10_code, national_tariff8_code, hs6_code, 'no code') as code,
    hs6_code,
    case coverage
        when 'whole' then 'all of it'
        when 'partial' then 'the goods that fit the item'
        when 'reference_only' then 'the firm''s goods'
        when 'named' then 'not said'
        else 'none given'
    end as covers,
    source_title,
    source_url,
from marts.dim_measure_scope
order by measure_id, control_code, scope_id;
