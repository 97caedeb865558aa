-- One row per relation and kind of change against the release before: how many cells differ, and
-- why.
select
    relation_name,
    change_kind,
    count(*) as cells,
    string_agg(distinct coalesce(cause, possible_causes), ', ') as causes,
from meta.changes
group by relation_name, change_kind
order by cells desc, relation_name, change_kind
limit 50;
