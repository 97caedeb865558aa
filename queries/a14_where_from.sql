-- A14: Where is a published figure from, and why did it change?
-- For any published row. `raw rows`: one row per role and file, with the lines of the delivered
-- file and its checksum, or the act and clause of the law. `model`: the SQL that made the
-- relation, and the release. `change`: each figure that differs from the last numbered release,
-- and the cause.
-- Certainty: `exact lines`. `range of lines`: others are between them; count and range are given.
-- `no line`: the file lists no such trade, which is how a zero is known. `relation only`: what the
-- relation reads, not what the row is made of. `recorded` for models. Of a change: `attributed` or
-- `not separable`. One row says so if no row has the key, or no relation has the name.
-- param: relation text 'Published relation; default: fct_partner_shares'
-- param: key json 'Key as JSON, all rows if {}; default: the EU27 magnets of 2024 from China'
-- param: column_name text 'Column of the change, or its first letters; default: all'
-- short: part, certainty, what, file_name, lines, act_id, clause_id, source_url
-- first: 'part of the answer'
with

asked as (
    select
        regexp_replace(
            lower(coalesce(cast(getvariable('relation') as varchar), 'fct_partner_shares')),
            '^.*[.]', ''
        ) as relation_name,
        coalesce(
            cast(getvariable('key') as varchar),
            case
                when
                    coalesce(cast(getvariable('relation') as varchar), 'fct_partner_shares')
                    like '%fct_partner_shares'
                    then
                        '{"reporter_code":"EU27","supplier_scope":"extra_eu","source_id":'
                        || '"baci_hs17_bilateral","nomenclature":"HS2017","product_code":"850511",'
                        || '"period":"2024","partner_iso3":"CHN"}'
            end,
            '{}'
        ) as row_key,
        coalesce(cast(getvariable('column_name') as varchar), '') as column_name,
),

-- The arguments are written out once more: a constant reaches the tables, a column does not.
origins as (
    select lineage.*
    from reports.lineage(
        coalesce(cast(getvariable('relation') as varchar), 'fct_partner_shares'),
        coalesce(
            cast(getvariable('key') as varchar),
            case
                when
                    coalesce(cast(getvariable('relation') as varchar), 'fct_partner_shares')
                    like '%fct_partner_shares'
                    then
                        '{"reporter_code":"EU27","supplier_scope":"extra_eu","source_id":'
                        || '"baci_hs17_bilateral","nomenclature":"HS2017","product_code":"850511",'
                        || '"period":"2024","partner_iso3":"CHN"}'
            end,
            '{}'
        )
    ) as lineage
),

raw_rows as (
    select
        1 as part_number,
        'raw rows' as part,
        case origins.grain
            when 'line' then 'exact lines'
            when 'line_range' then 'range of lines'
            when 'no_line' then 'no line'
            else 'relation only'
        end as certainty,
        origins.role as what,
        origins.source_id,
        origins.file_name,
        case
            when length(origins.lines) > 60 then left(origins.lines, 57) || '...'
            else origins.lines
        end as lines,
        origins.line_count,
        origins.first_line,
        origins.last_line,
        origins.act_id,
        origins.clause_id,
        acts.source_url,
        origins.row_key,
        origins.file_sha256 as sha256,
        origins.data_origin,
    from origins
    left join marts.dim_act as acts
        on origins.act_id = acts.act_id
),

models as (
    select distinct
        2 as part_number,
        'model' as part,
        'recorded' as certainty,
        'SQL of the relation' as what,
        cast(null as varchar) as source_id,
        models.model_path as file_name,
        models.model_sha256 as sha256,
        'release ' || build.release_id || ', commit ' || coalesce(build.git_commit, 'not recorded')
        || case when build.is_git_dirty then ' and changes' else '' end as row_key,
    from meta.relation_origins as models
    inner join asked
        on models.relation_name = asked.relation_name
    cross join meta.build
),

-- What is different from the last numbered release; without one there is nothing to compare.
changed as (
    select
        3 as part_number,
        'change' as part,
        case when changes.cause = 'not_separable' then 'not separable' else 'attributed' end
            as certainty,
        changes.column_name || ': ' || coalesce(changes.old_value, 'none') || ' to '
        || coalesce(changes.new_value, 'none') || ', ' || changes.cause as what,
        coalesce(changes.evidence, changes.possible_causes) as file_name,
        changes.row_key,
    from meta.changes
    inner join asked
        on
            changes.relation_name = asked.relation_name
            and json_contains(changes.row_key, asked.row_key)
            and starts_with(changes.column_name, asked.column_name)
),

missed as (
    select
        0 as part_number,
        'no answer' as part,
        'no row' as certainty,
        case
            when asked.relation_name not in (select relations.relation_name from meta.relations)
                then 'no published relation has this name'
            else 'no row has this key; columns of the key: meta.relations'
        end as what,
        asked.row_key,
    from asked
    where not exists (from raw_rows)
),

answer as (
    select * from raw_rows
    union all by name
    select * from missed
    union all by name
    select * from models
    union all by name
    select * from changed
)

select answer.* exclude (answer.part_number)
from answer
order by
    answer.part_number, answer.row_key, answer.what, answer.file_name, answer.act_id,
    answer.clause_id;
